//! An annotated function may be public in a library that denies every lint about its interface.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, rust_2018_idioms)]
#![deny(clippy::all, clippy::pedantic, unused_qualifications, unused_lifetimes, single_use_lifetimes)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, variant_size_differences)]
#![forbid(unsafe_code)]

use std::fmt::Display;

use isohub::{isolated_hub, parallel_span, span};

/// A thing.
#[derive(Debug)]
pub struct Thing<'a, T>(&'a T);

impl<T: Display> Thing<'_, T> {
    /// Shows it.
    #[span(fields(thing = %self.0), err)]
    pub fn show(&self) -> Result<String, std::fmt::Error> {
        Ok(self.0.to_string())
    }

    /// Shows it later.
    #[parallel_span(err)]
    pub async fn show_later(&self, _: u8) -> Result<String, std::fmt::Error> {
        Ok(self.0.to_string())
    }

    /// A part of it.
    #[isolated_hub]
    pub fn part(&self) -> impl Future<Output = &T> + Send
    where
        T: Sync,
    {
        async move { self.0 }
    }
}

fn main() {
    let thing = Thing(&1);
    assert_eq!(thing.show().as_deref(), Ok("1"));
    assert_eq!(futures::executor::block_on(thing.show_later(1)).as_deref(), Ok("1"));
    assert_eq!(futures::executor::block_on(thing.part()), &1);
}
