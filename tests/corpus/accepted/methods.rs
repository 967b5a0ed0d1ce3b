//! Methods, with every form of `self`.

use std::fmt::{Debug, Display};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use crate::observe::*;

pub mod methods {
    use super::*;

    #[derive(Debug)]
    pub(super) struct Thing<T = u8> {
        held: Loud,
        value: T,
    }

    impl<T: Debug + Clone> Thing<T> {
        const NAME: &'static str = "thing";

        #[unit]
        fn new(value: T) -> Self {
            Self { held: Loud(Self::NAME), value }
        }

        #[unit]
        fn by_value(self, a: Loud) -> T {
            say(a.0);
            self.value
        }

        #[unit]
        fn by_mut_value(mut self, value: T) -> Self {
            self.value = value;
            self
        }

        #[unit]
        fn unmentioned(self, _a: Loud) {}

        #[unit]
        fn by_reference(&self, a: &str) -> &T {
            say(a);
            &self.value
        }

        #[unit]
        fn by_reference_of<'a>(&'a self, _: &str) -> &'a Loud {
            &self.held
        }

        #[unit]
        fn by_mut(&mut self) -> &mut T {
            &mut self.value
        }

        #[unit]
        fn boxed(self: Box<Self>) -> Box<Self> {
            say("boxed");
            self
        }

        #[unit]
        fn counted(self: Rc<Self>, a: Arc<T>) -> usize {
            Rc::strong_count(&self) + Arc::strong_count(&a)
        }

        #[unit]
        fn pinned(self: Pin<&mut Self>) -> Pin<&mut Self> {
            self
        }

        #[unit]
        fn typed(self: &Self, other: &Self) -> bool {
            self.held.0 == other.held.0
        }

        #[unit]
        fn chained(&mut self, value: T) -> &mut Self {
            self.value = value;
            self
        }

        #[unit]
        fn opaque(&self) -> impl Display + use<'_, T> {
            self.held.name()
        }

        #[unit]
        async fn new_later(value: T) -> Self {
            pause().await;
            Self { held: Loud(Self::NAME), value }
        }

        #[unit]
        async fn by_value_later(self, a: Loud) -> T {
            pause().await;
            say(a.0);
            self.value
        }

        #[unit]
        async fn by_mut_value_later(mut self, value: T) -> Self {
            pause().await;
            self.value = value;
            self
        }

        #[unit]
        async fn unmentioned_later(self, _a: Loud) {
            pause().await;
        }

        #[unit]
        async fn by_reference_later(&self, a: &str) -> &T {
            pause().await;
            say(a);
            &self.value
        }

        #[unit]
        async fn by_mut_later(&mut self, _a: Loud) -> &mut T {
            pause().await;
            &mut self.value
        }

        #[unit]
        async fn boxed_later(self: Box<Self>) -> Box<Self> {
            pause().await;
            self
        }

        #[unit]
        async fn counted_later(self: Arc<Self>) -> usize {
            pause().await;
            Arc::strong_count(&self)
        }

        #[unit]
        async fn pinned_later(self: Pin<&mut Self>) -> String {
            pause().await;
            format!("{:?}", self.value)
        }

        #[unit]
        async fn chained_later(&mut self, value: T) -> Result<&mut Self, ()> {
            pause().await;
            self.value = value;
            Ok(self)
        }
    }

    fn thing() -> Thing {
        Thing::new(1)
    }

    pub const SHAPES: &[Shape] = &[
        ("by_value", || called!(thing().by_value(Loud("a")))),
        ("by_mut_value", || called!(thing().by_mut_value(2))),
        ("unmentioned", || called!(thing().unmentioned(Loud("a")))),
        ("by_reference", || called!(*thing().by_reference("a"))),
        ("by_reference_of", || called!(thing().by_reference_of(&String::new()).0)),
        ("by_mut", || {
            called!({
                let mut thing = thing();
                *thing.by_mut() += 1;
                thing.value
            })
        }),
        ("boxed", || called!(Box::new(thing()).boxed())),
        ("counted", || called!(Rc::new(thing()).counted(Arc::new(1)))),
        ("pinned", || called!(Pin::new(&mut thing()).pinned().value)),
        ("typed", || called!(thing().typed(&thing()))),
        ("chained", || called!(thing().chained(2).chained(3).value)),
        ("opaque", || called!(thing().opaque().to_string())),
        ("new_later", || lived!(Thing::new_later("value"))),
        ("by_value_later", || lived!(thing().by_value_later(Loud("a")))),
        ("by_mut_value_later", || lived!(thing().by_mut_value_later(2))),
        ("unmentioned_later", || lived!(thing().unmentioned_later(Loud("a")))),
        ("by_reference_later", || lived(|| async { *thing().by_reference_later("a").await })),
        ("by_mut_later", || {
            called!({
                let mut thing = thing();
                *complete(thing.by_mut_later(Loud("a"))) += 1;
                thing.value
            })
        }),
        ("boxed_later", || lived!(Box::new(thing()).boxed_later())),
        ("counted_later", || lived!(Arc::new(thing()).counted_later())),
        ("pinned_later", || lived(|| async { Pin::new(&mut thing()).pinned_later().await })),
        ("chained_later", || {
            lived(|| async {
                let mut thing = thing();
                thing.chained_later(2).await.unwrap().chained_later(3).await.unwrap().value
            })
        }),
        // A method's path is a value.
        ("as values", || {
            called!({
                let f: for<'a> fn(&'a mut Thing) -> &'a mut u8 = Thing::by_mut;
                (*f(&mut thing()), [1, 2].map(Thing::new).map(|it| it.value))
            })
        }),
    ];
}
