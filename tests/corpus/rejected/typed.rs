//! Types that do not fit.

fn main() {}

fn is_send<T: Send>(_: T) {}

mod wrong_return {
    #[unit]
    pub fn now() -> u8 {
        "text"
    }

    #[unit]
    pub async fn later() -> u8 {
        "text"
    }
}

mod wrong_early_return {
    #[unit]
    pub fn now(when: bool) -> u8 {
        if when {
            return "text";
        }
        1
    }

    #[unit]
    pub async fn later(when: bool) -> u8 {
        if when {
            return "text";
        }
        1
    }
}

mod missing_return {
    #[unit]
    pub fn now() -> u8 {}

    #[unit]
    pub fn after_a_semicolon() -> u8 {
        1;
    }

    #[unit]
    pub async fn later() -> u8 {}

    #[unit]
    pub async fn later_after_a_semicolon() -> u8 {
        let a = 1;
        a;
    }
}

mod value_of_a_unit_function {
    #[unit]
    pub fn now() {
        1
    }

    #[unit]
    pub async fn later() {
        let a = 1;
        a
    }
}

mod branches_differ {
    #[unit]
    pub fn now(a: bool) -> u8 {
        if a { 1 } else { "text" }
    }

    #[unit]
    pub async fn later(a: bool) -> u8 {
        match a {
            true => 1,
            false => "text",
        }
    }
}

mod wrong_error {
    #[unit]
    pub fn now() -> Result<u8, u8> {
        let a: u8 = "1".parse()?;
        Ok(a)
    }

    #[unit]
    pub async fn later() -> Result<u8, u8> {
        let a: u8 = "1".parse()?;
        Ok(a)
    }
}

mod question_mark_of_nothing {
    #[unit]
    pub fn now() {
        "1".parse::<u8>()?;
    }

    #[unit]
    pub async fn later() {
        "1".parse::<u8>()?;
    }

    #[unit]
    pub async fn of_the_other_kind() -> Option<u8> {
        Some("1".parse::<u8>()?)
    }
}

mod unsized_return {
    #[unit]
    pub fn now() -> [u8] {
        loop {}
    }
}

mod unsafe_without_a_block {
    unsafe fn dangerous() {}

    #[unit]
    pub fn now() {
        dangerous();
    }

    #[unit]
    pub async fn later() {
        dangerous();
    }
}

mod unsafe_call {
    #[unit]
    unsafe fn dangerous() {}

    pub fn calls() {
        dangerous();
    }
}

mod await_outside_async {
    async fn work() {}

    #[unit]
    pub fn now() {
        work().await;
    }
}

mod wrong_calls {
    #[unit]
    fn one(_: u8) {}

    #[unit]
    async fn one_later(_: u8) {}

    pub async fn calls() {
        one("text");
        one();
        one(1, 2);
        one_later("text").await;
        one_later().await;
    }
}

mod wrong_method_calls {
    pub struct Thing;

    impl Thing {
        #[unit]
        fn exclusive(&mut self, _: u8) {}
    }

    pub fn calls(thing: Thing) {
        thing.missing();
        thing.exclusive("text");
    }
}

mod unmet_bound {
    #[unit]
    fn shown(_: impl std::fmt::Display) {}

    #[unit]
    async fn shown_later<T: std::fmt::Display>(_: T) {}

    pub fn calls() {
        shown(());
        drop(shown_later(()));
    }
}

mod missing_bound {
    #[unit]
    pub fn now<T>(a: T) -> T {
        a.clone()
    }

    #[unit]
    pub async fn later<T>(a: T) -> String {
        format!("{}", a)
    }
}

mod ambiguous {
    #[unit]
    pub fn now() {
        let a = "1".parse().unwrap();
    }

    #[unit]
    pub async fn later() {
        let a = Vec::new();
    }
}

mod private_field {
    mod inside {
        pub struct Thing {
            hidden: u8,
        }
    }

    #[unit]
    pub fn now(a: inside::Thing) -> u8 {
        a.hidden
    }
}

mod wrong_pattern {
    #[unit]
    pub fn now((a, b): (u8, u8, u8)) {}

    #[unit]
    pub async fn later((a, b): (u8, u8, u8)) {}
}

mod refutable_pattern {
    #[unit]
    pub fn now(Some(a): Option<u8>) {}

    #[unit]
    pub async fn later(Some(a): Option<u8>) {}
}

mod not_like_the_trait {
    trait Work {
        fn work(&self, a: u8) -> u8;
        async fn later(&self) -> u8;
        fn future(&self) -> impl std::future::Future<Output = u8> + Send;
    }

    struct Worker;

    impl Work for Worker {
        #[unit]
        fn work(&self, a: &str) -> u8 {
            1
        }

        #[unit]
        async fn later(&self) -> &'static str {
            "text"
        }

        #[unit]
        async fn future(&self) -> &'static str {
            "text"
        }
    }
}

mod not_a_future {
    #[unit]
    pub fn now() -> impl std::future::Future<Output = u8> {
        1
    }
}

mod wrong_output {
    #[unit]
    pub fn of_a_block() -> impl std::future::Future<Output = u8> {
        async { "text" }
    }
}

mod generic_counts {
    #[unit]
    fn one<T>(_: T) {}

    pub fn calls() {
        one::<u8, u8>(1);
        one::<'static, u8>(1);
    }
}

mod recursive_without_a_box {
    #[unit]
    pub async fn later(n: u8) -> u8 {
        if n == 0 { 0 } else { later(n - 1).await }
    }
}

mod wrong_closure {
    #[unit]
    pub fn now() -> u8 {
        let f = #[unit]
        |a: u8| -> u8 { "text" };
        f("text")
    }
}

mod never_that_returns {
    #[unit]
    pub fn now() -> ! {
        1
    }
}

mod const_mismatch {
    #[unit]
    pub fn now<const N: usize>(a: [u8; N]) -> [u8; 3] {
        a
    }
}

mod immutable_argument {
    #[unit]
    pub fn adds(a: u8) -> String {
        a + 1
    }
}
