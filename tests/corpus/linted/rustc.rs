//! What the compiler warns of in the plain function.

fn main() {}

mod unused_argument {
    #[unit]
    pub fn now(unused: u8) {}

    #[unit]
    pub async fn later(used: u8, unused: u8) -> u8 {
        used
    }
}

mod unused_in_pattern {
    #[unit]
    pub fn now((used, unused): (u8, u8), [a, ..]: [u8; 3]) -> u8 {
        used
    }

    #[unit]
    pub async fn later((used, unused): (u8, u8), [a, ..]: [u8; 3]) -> u8 {
        used
    }
}

mod needless_mut {
    #[unit]
    pub fn now(mut a: u8) -> u8 {
        a
    }

    #[unit]
    pub async fn later(mut a: u8, (mut b, _): (u8, u8)) -> u8 {
        a + b
    }

    #[unit]
    pub fn of_self(mut a: Vec<u8>, mut b: Box<u8>) -> usize {
        a.len() + usize::from(*b)
    }
}

mod needless_mut_self {
    pub struct Thing(u8);

    impl Thing {
        #[unit]
        pub fn now(mut self) -> u8 {
            self.0
        }

        #[unit]
        pub async fn later(mut self) -> u8 {
            self.0
        }
    }
}

mod unused_variable {
    #[unit]
    pub fn now() {
        let unused = 1;
    }

    #[unit]
    pub async fn later() {
        let unused = 1;
    }
}

mod unused_assignment {
    #[unit]
    pub fn now(mut a: u8) -> u8 {
        let mut b = 1;
        b = 2;
        a = b;
        a = 3;
        b
    }

    #[unit]
    pub async fn later(mut a: u8) -> u8 {
        let mut b = 1;
        b = 2;
        a = b;
        a = 3;
        b
    }
}

mod argument_overwritten {
    #[unit]
    pub fn now(mut a: u8) -> u8 {
        a = 1;
        a
    }

    #[unit]
    pub async fn later(mut a: u8) -> u8 {
        a = 1;
        a
    }
}

mod unreachable {
    #[unit]
    pub fn now() -> u8 {
        return 1;
        2
    }

    #[unit]
    pub async fn later() -> u8 {
        return 1;
        2
    }

    #[unit]
    pub async fn after_panic() -> u8 {
        panic!();
        2
    }
}

mod unused_result {
    #[unit]
    pub fn now() {
        std::fs::remove_file("a");
    }

    #[unit]
    pub async fn later() {
        std::fs::remove_file("a");
    }
}

mod unused_future {
    #[unit]
    async fn work() {}

    #[unit]
    pub fn now() {
        work();
    }

    #[unit]
    pub async fn later() {
        work();
    }
}

mod must_use_is_kept {
    #[unit]
    #[must_use]
    fn now() -> u8 {
        1
    }

    #[must_use = "so it says"]
    #[unit]
    fn with_reason() -> u8 {
        1
    }

    #[unit]
    #[must_use]
    async fn later() -> u8 {
        1
    }

    #[unit]
    async fn of_a_must_use_type() -> Result<(), ()> {
        Ok(())
    }

    pub async fn uses() {
        now();
        with_reason();
        later().await;
        of_a_must_use_type().await;
    }
}

mod dead_code {
    #[unit]
    fn never_called() {}

    #[unit]
    async fn never_called_later() {}

    struct Thing;

    impl Thing {
        #[unit]
        fn never_called(&self) {}
    }
}

mod names {
    #[unit]
    pub fn Not_snake_case(A: u8) -> u8 {
        A
    }

    #[unit]
    pub async fn Not_snake_later(A: u8) -> u8 {
        let B = A;
        B
    }
}

mod deprecated {
    #[unit]
    #[deprecated]
    fn old() {}

    #[unit]
    #[deprecated(note = "use another")]
    async fn old_later() {}

    pub fn uses() {
        old();
        drop(old_later());
    }
}

mod parentheses {
    #[unit]
    pub fn now(a: u8) -> u8 {
        let b = (a);
        if (b > 1) { (b) } else { return (1) }
    }

    #[unit]
    pub async fn later(a: u8) -> u8 {
        let b = (a);
        if (b > 1) { (b) } else { return (1) }
    }
}

mod redundant_semicolon {
    #[unit]
    pub fn now(a: u8) -> u8 {
        let b = a;;
        b
    }
}

mod unused_label {
    #[unit]
    pub fn now() {
        'unused: loop {
            break;
        }
    }
}

mod unused_import_inside {
    #[unit]
    pub fn now() {
        use std::fmt::Debug;
    }
}

mod unused_function_inside {
    #[unit]
    pub async fn later() {
        fn inside() {}
    }
}

mod unused_macro_inside {
    #[unit]
    pub fn now() {
        macro_rules! unused {
            () => {};
        }
    }
}

mod overflow {
    #[unit]
    pub fn now() -> u8 {
        let _wrapped: u8 = 255 as u8;
        -1i8 as u8
    }

    #[unit]
    pub fn constant_condition() {
        while true {
            break;
        }
    }
}

mod async_in_traits {
    pub trait Work {
        #[unit]
        async fn work(&self) {}
    }
}

mod private_type {
    struct Private;

    #[unit]
    pub fn takes(_: Private) {}

    #[unit]
    pub async fn gives() -> Private {
        Private
    }
}

mod unused_unit {
    #[unit]
    pub fn compares(a: u8) {
        a == 1;
    }

    #[unit]
    pub async fn adds(a: u8) {
        a + 1;
    }
}


mod shadowed_glob {
    #[unit]
    pub fn drops_a_reference(a: &u8) {
        drop(a);
    }

    #[unit]
    pub async fn drops_a_copy(a: u8) {
        drop(a);
    }
}

mod unused_closure_argument {
    #[unit]
    pub fn now() -> u8 {
        let f = #[unit]
        |unused: u8| 1;
        f(1)
    }
}

mod allowed_is_allowed_and_expected_is_expected {
    #[unit]
    #[allow(unused_variables)]
    pub fn allowed(unused: u8) {}

    #[unit]
    #[expect(unused_variables)]
    pub async fn expected(unused: u8) {}

    #[unit]
    #[expect(unused_mut)]
    pub fn not_fulfilled(a: u8) -> u8 {
        a
    }

    #[unit]
    pub fn on_the_argument(#[allow(unused_variables)] a: u8, #[expect(unused_variables)] b: u8, c: u8) {}

    #[unit]
    #[warn(unused_results)]
    pub fn asked_for(a: &mut Vec<u8>) {
        a.pop();
    }
}
