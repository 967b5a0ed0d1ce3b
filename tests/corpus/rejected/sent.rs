//! Futures that are not `Send` where one is asked for.

use std::cell::Cell;
use std::rc::Rc;

fn main() {}

fn is_send<T: Send>(_: T) {}

async fn pause() {}

mod argument_not_send {
    use super::*;

    #[unit]
    async fn later(_: Rc<u8>) {
        pause().await;
    }

    pub fn sends() {
        is_send(later(Rc::new(1)));
    }
}

mod local_not_send {
    use super::*;

    #[unit]
    async fn later() {
        let rc = Rc::new(1);
        pause().await;
        drop(rc);
    }

    pub fn sends() {
        is_send(later());
    }
}

mod reference_not_sync {
    use super::*;

    #[unit]
    async fn later(a: &Cell<u8>) -> u8 {
        pause().await;
        a.get()
    }

    pub fn sends() {
        is_send(later(&Cell::new(1)));
    }
}

mod promised_send {
    use super::*;
    use std::future::Future;

    #[unit]
    pub fn future(a: Rc<u8>) -> impl Future<Output = u8> + Send {
        async move { *a }
    }

    #[unit]
    pub fn boxed(a: Rc<u8>) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async move { *a })
    }
}

mod generic_not_send {
    use super::*;

    #[unit]
    async fn later<T>(a: T) -> T {
        pause().await;
        a
    }

    pub fn sends<T>(a: T) {
        is_send(later(a));
    }
}

mod not_static {
    use super::*;

    fn is_static<T: 'static>(_: T) {}

    #[unit]
    async fn later(_: &str) {}

    pub fn keeps() {
        let local = String::new();
        is_static(later(&local));
    }
}

mod method_not_send {
    use super::*;

    struct Thing(Rc<u8>);

    impl Thing {
        #[unit]
        async fn later(&self) -> u8 {
            pause().await;
            *self.0
        }
    }

    pub fn sends() {
        is_send(Thing(Rc::new(1)).later());
    }
}
