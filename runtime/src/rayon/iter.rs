//! Parallel iterators of which each item is a unit.

use ::rayon::iter::ParallelIterator;
use ::rayon::iter::plumbing::{Consumer, Folder, Reducer, UnindexedConsumer};

use super::Aside;
use crate::hub::{Origin, hub_call};

/// Hubs for parallel iterators.
pub trait HubParallelIterator: ParallelIterator {
    /// Runs what follows on each item in a clone of the current hub, taken now: each item is a unit.
    ///
    /// All closures after it (`map`, `filter`, `for_each`, the operations of `fold` and `reduce`, ..) run for an item in
    /// that item's hub, so that what `map` sets, `for_each` sees, and no other item. What belongs to no one item, such
    /// as joining two results or the first value of a `fold`, runs in a clone of its own. Closures before it run
    /// without a hub, so it stands before the first of them. A parallel iterator that `flat_map` or `flatten` takes
    /// from an item has jobs of its own, which no adaptor around it can see: [isolate it, too](#an-iterator-in-an-item).
    ///
    /// ```
    /// use isohub::rayon::HubParallelIterator as _;
    /// use rayon::prelude::*;
    ///
    /// isohub::set_tag("order", 7);
    /// let prices = [3, 5].par_iter().enumerate().isolated();
    /// let prices = prices.inspect(|(line, _)| isohub::set_tag("line", line));
    /// let prices = prices.map(|(_, price)| (price * 2, isohub::Hub::current().scope().tags().len()));
    /// assert_eq!(prices.collect::<Vec<_>>(), [(6, 2), (10, 2)]);
    /// assert_eq!(isohub::Hub::current().scope().tags(), [("order", "7")]);
    /// ```
    ///
    /// Order and length are kept: `collect` and the short-circuiting `find_any`, `any`, .. work as they do. What asks
    /// for an [`IndexedParallelIterator`] (`enumerate`, `zip`, `rev`, `with_max_len`, ..) stands before it, and is
    /// refused after it, because it takes items out of their hubs before it hands them on:
    ///
    /// ```compile_fail,E0599
    /// # use isohub::rayon::HubParallelIterator as _;
    /// # use rayon::prelude::*;
    /// [3, 5].par_iter().isolated().map(|price| price * 2).enumerate().for_each(drop);
    /// ```
    ///
    /// Where a closure has to stand before one of these, or `collect_into_vec` at the end, isolate the closure, of
    /// which each call is a unit:
    ///
    /// ```
    /// # use isohub::isolated;
    /// # use rayon::prelude::*;
    /// [3, 5].par_iter().map(isolated!(move |price| price * 2)).enumerate().for_each(isolated!(move |_| ()));
    /// ```
    ///
    /// # An iterator in an item
    ///
    /// Items of an item, too, are units of their own if what makes them is isolated, where it is made. Each starts
    /// from the hub of the item that it came from:
    ///
    /// ```
    /// # use isohub::rayon::HubParallelIterator as _;
    /// # use rayon::prelude::*;
    /// let albums = [vec!["a.png", "b.png"], vec!["c.png"]];
    /// let tags = albums.par_iter().enumerate().isolated().flat_map(|(number, album)| {
    ///     isohub::set_tag("album", number);
    ///     album.par_iter().isolated() // else the jobs of its images have no hub, or that of another album
    /// });
    /// let tags = tags.map(|image| {
    ///     isohub::set_tag("image", image);
    ///     isohub::Hub::current().scope().tags().len()
    /// });
    /// assert_eq!(tags.collect::<Vec<_>>(), [2, 2, 2]);
    /// ```
    ///
    /// `flat_map_iter` and `flatten_iter` have no jobs, and need nothing.
    ///
    /// # Cost
    ///
    /// A clone of the hub, which is an allocation and a reference count for each part of the scope that is
    /// not empty, for each item: where an item is less work than that, hand on `par_chunks`.
    ///
    /// [`IndexedParallelIterator`]: ::rayon::iter::IndexedParallelIterator
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn isolated(self) -> Isolated<Self> {
        Isolated { base: self, origin: Origin::cloned() }
    }
}

impl<I: ParallelIterator> HubParallelIterator for I {}

/// A parallel iterator of which each item is a unit; made by [`isolated`](HubParallelIterator::isolated).
#[derive(Clone, Debug)]
#[must_use = "iterator adaptors are lazy and do nothing unless consumed"]
pub struct Isolated<I> {
    base: I,
    origin: Origin,
}

impl<I: ParallelIterator> ParallelIterator for Isolated<I> {
    type Item = I::Item;

    fn drive_unindexed<C: UnindexedConsumer<I::Item>>(self, consumer: C) -> C::Result {
        if !crate::ENABLED {
            return self.base.drive_unindexed(consumer);
        }
        let _aside = Aside::take();
        self.base.drive_unindexed(Inside { base: consumer, origin: &self.origin })
    }

    fn opt_len(&self) -> Option<usize> {
        self.base.opt_len()
    }
}

/// What consumes items, or joins what was made of them, where code of the user's may run: each time in a clone
/// of the hub.
struct Inside<'a, T> {
    base: T,
    origin: &'a Origin,
}

impl<T> Inside<'_, T> {
    /// Runs `f` in a unit of its own.
    fn unit<R>(self, f: impl FnOnce(T) -> R) -> R {
        hub_call(self.origin.clone(), || f(self.base))
    }
}

impl<'a, T, C: Consumer<T>> Consumer<T> for Inside<'a, C> {
    type Folder = Inside<'a, C::Folder>;
    type Reducer = Inside<'a, C::Reducer>;
    type Result = C::Result;

    fn split_at(self, index: usize) -> (Self, Self, Self::Reducer) {
        let origin = self.origin;
        let (left, right, reducer) = self.unit(|base| base.split_at(index));
        (Inside { base: left, origin }, Inside { base: right, origin }, Inside { base: reducer, origin })
    }

    fn into_folder(self) -> Self::Folder {
        let origin = self.origin;
        Inside { base: self.unit(C::into_folder), origin }
    }

    fn full(&self) -> bool {
        self.base.full()
    }
}

impl<T, C: UnindexedConsumer<T>> UnindexedConsumer<T> for Inside<'_, C> {
    fn split_off_left(&self) -> Self {
        let Inside { base, origin } = self;
        Inside { base: hub_call((*origin).clone(), || base.split_off_left()), origin }
    }

    fn to_reducer(&self) -> Self::Reducer {
        Inside { base: self.base.to_reducer(), origin: self.origin }
    }
}

impl<T, F: Folder<T>> Folder<T> for Inside<'_, F> {
    type Result = F::Result;

    fn consume(self, item: T) -> Self {
        let origin = self.origin;
        Inside { base: self.unit(|base| base.consume(item)), origin }
    }

    fn complete(self) -> F::Result {
        self.unit(F::complete)
    }

    fn full(&self) -> bool {
        self.base.full()
    }
}

impl<R, T: Reducer<R>> Reducer<R> for Inside<'_, T> {
    fn reduce(self, left: R, right: R) -> R {
        self.unit(|base| base.reduce(left, right))
    }
}
