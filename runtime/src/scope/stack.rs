//! A stack that is cheap to clone and cheap to push to after a clone.

use std::sync::Arc;

/// Items in blocks. A block that has one owner grows in place; a shared one is left alone and gets a
/// block of one item on top, so that a push costs what is pushed, whatever lies below.
#[derive(Clone)]
pub(super) struct Stack<T>(Option<Arc<Block<T>>>);

struct Block<T> {
    /// The oldest item: a block is never empty, and most hold only one, which needs no `Vec` then.
    first: T,
    /// The younger ones, the youngest last.
    more: Vec<T>,
    below: Option<Arc<Block<T>>>,
    /// The number of items in this block and in all below.
    len: usize,
    /// How many of these still counted when [`Stack::set_live`] was last told so; 0 before.
    live: usize,
}

impl<T> Default for Stack<T> {
    fn default() -> Self {
        Stack(None)
    }
}

impl<T> Stack<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |block| block.len)
    }

    pub(super) fn live(&self) -> usize {
        self.0.as_ref().map_or(0, |block| block.live)
    }

    /// Notes a count, to be had again from [`Stack::live`]. Only a stack that was just pushed to can
    /// keep it, as the note stands in a block that nobody shares.
    pub(super) fn set_live(&mut self, live: usize) {
        if let Some(block) = self.0.as_mut().and_then(Arc::get_mut) {
            block.live = live;
        }
    }

    pub(super) fn push(&mut self, item: T) {
        if let Some(block) = self.0.as_mut().and_then(Arc::get_mut) {
            block.more.push(item);
            block.len += 1;
            return;
        }
        let (len, live) = (self.len() + 1, self.live());
        let below = self.0.take();
        self.0 = Some(Arc::new(Block { first: item, more: Vec::new(), below, len, live }));
    }

    /// The items, the youngest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::successors(self.0.as_deref(), |block| block.below.as_deref())
            .flat_map(|block| block.more.iter().rev().chain(std::iter::once(&block.first)))
    }

    /// Whether `other` is this stack, or lies in it as it is.
    #[cfg(test)]
    pub(super) fn shares(&self, other: &Stack<T>) -> bool {
        std::iter::successors(self.0.as_ref(), |block| block.below.as_ref())
            .any(|block| other.0.as_ref().is_some_and(|it| Arc::ptr_eq(it, block)))
    }
}

impl<T> Drop for Block<T> {
    /// Block after block: dropping each from within the one above it would need a stack frame for
    /// each of them.
    fn drop(&mut self) {
        let mut below = self.below.take();
        while let Some(mut block) = below.and_then(Arc::into_inner) {
            below = block.below.take();
        }
    }
}
