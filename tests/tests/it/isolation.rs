//! Law 1: what a unit writes is seen neither by its creator, nor by its siblings, nor by later work on
//! the same thread.

mod bare;
mod crowds;
mod executors;
mod later;
mod one_task;
mod rayon;
mod spawned;
mod threads;
mod tokio_tasks;
mod ways;

use std::sync::Arc;

use isohub::isolated_hub;
use tokio::sync::Barrier;

use crate::support::tags;

/// Writes, waits until its siblings have written too, and tells what it sees then.
#[isolated_hub]
async fn unit(n: u32, meet: Arc<Barrier>) -> String {
    plain(n, meet).await
}

async fn plain(n: u32, meet: Arc<Barrier>) -> String {
    isohub::set_tag("unit", n);
    isohub::remove_tag("removed");
    meet.wait().await;
    tags()
}

/// What two units see that were created where [`creator`] wrote.
const SEEN: [&str; 2] = ["creator=yes unit=1", "creator=yes unit=2"];

fn creator() {
    isohub::set_tag("creator", "yes");
    isohub::set_tag("removed", "no");
}

#[track_caller]
fn assert_creator_is_as_before() {
    assert_eq!(tags(), "creator=yes removed=no");
}
