//! `self` in every form.
#![deny(warnings)]

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use isohub::{isolated_hub, parallel_span, span};

#[derive(Clone)]
struct Count(u8);

impl Count {
    #[span(fields(n = self.0))]
    fn taken(mut self) -> u8 {
        self.0 += 1;
        self.0
    }

    #[parallel_span(tags(n = self.0))]
    async fn changed(&mut self) -> &mut u8 {
        self.0 += 1;
        &mut self.0
    }

    #[span]
    fn counted(self: Rc<Self>) -> u8 {
        self.0
    }

    #[isolated_hub]
    async fn shared(self: &Arc<Self>) -> u8 {
        self.0
    }

    #[span]
    async fn boxed(self: Box<Self>) -> u8 {
        self.0
    }

    #[span]
    fn pinned(self: Pin<&mut Self>) -> u8 {
        self.get_mut().taken_by_reference()
    }

    #[span]
    fn taken_by_reference<'a>(self: &'a mut Self) -> u8
    where
        Self: 'a,
    {
        self.0
    }
}

pub(crate) fn main() {
    let mut count = Count(1);
    let pinned = Pin::new(&mut count).pinned();
    let later = async {
        *count.changed().await += 1;
        Arc::new(count.clone()).shared().await + Box::new(count.clone()).boxed().await
    };
    let later = futures::executor::block_on(later);
    assert_eq!((pinned, later, count.clone().taken(), Rc::new(count).counted()), (1, 6, 4, 3));
}
