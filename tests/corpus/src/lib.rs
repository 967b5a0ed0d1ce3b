//! Nothing but its dependencies, which are what the shapes of the corpus use.
