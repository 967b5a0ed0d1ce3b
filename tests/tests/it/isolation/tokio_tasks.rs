//! Tasks and jobs of tokio, by each way in which it spawns and ends them.

mod ends;
mod places;
mod within;
