//! Borrows, moves and lifetimes.

fn main() {}

async fn pause() {}

mod moved_twice {
    #[unit]
    pub fn now(a: String) -> usize {
        drop(a);
        a.len()
    }

    #[unit]
    pub async fn later(a: String) -> usize {
        drop(a);
        a.len()
    }
}

mod moved_in_a_loop {
    #[unit]
    pub fn now(a: String) {
        loop {
            drop(a);
        }
    }
}

mod moved_out_of_a_reference {
    #[unit]
    pub fn now(a: &String) -> String {
        *a
    }

    #[unit]
    pub async fn later(a: &Vec<String>) -> String {
        a[0]
    }
}

mod borrowed_twice {
    #[unit]
    pub fn now(a: &mut Vec<u8>) {
        let first = &mut *a;
        let second = &mut *a;
        first.push(1);
        second.push(2);
    }

    #[unit]
    pub async fn later(a: &mut Vec<u8>) {
        let first = &a[0];
        a.push(1);
        super::pause().await;
        drop(*first);
    }
}

mod local_escapes {
    #[unit]
    pub fn now() -> &'static str {
        let a = String::new();
        &a
    }

    #[unit]
    pub async fn later() -> &'static str {
        let a = String::new();
        super::pause().await;
        a.as_str()
    }
}

mod argument_escapes {
    #[unit]
    pub fn now(a: String) -> &'static str {
        &a
    }
}

mod not_mutable {
    #[unit]
    pub fn now(a: Vec<u8>) {
        a.push(1);
    }

    #[unit]
    pub async fn later(a: Vec<u8>) {
        a.push(1);
    }

    #[unit]
    pub fn through_a_reference(a: &Vec<u8>) {
        a.push(1);
    }
}

mod assigned_twice {
    #[unit]
    pub fn now(a: u8) -> u8 {
        a = 2;
        a
    }

    #[unit]
    pub async fn later(a: u8) -> u8 {
        a = 2;
        a
    }

    #[unit]
    pub fn local() -> u8 {
        let a = 1;
        a += 1;
        a
    }
}

mod not_mutable_self {
    pub struct Thing(Vec<u8>);

    impl Thing {
        #[unit]
        pub fn by_value(self) {
            self.0.push(1);
        }

        #[unit]
        pub fn by_reference(&self) {
            self.0.push(1);
        }

        #[unit]
        pub async fn later(&self) {
            self.0.push(1);
        }
    }
}

mod never_assigned {
    #[unit]
    pub fn now() -> u8 {
        let a: u8;
        a
    }
}

mod wrong_lifetime {
    #[unit]
    pub fn now<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
        if a.is_empty() { b } else { a }
    }

    #[unit]
    pub async fn later<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
        if a.is_empty() { b } else { a }
    }
}

mod wrong_elided_lifetime {
    pub struct Thing(String);

    impl Thing {
        #[unit]
        pub fn now(&self, a: &str) -> &str {
            a
        }

        #[unit]
        pub async fn later(&self, a: &str) -> &str {
            a
        }
    }
}

mod closure_outlives {
    #[unit]
    pub fn now(a: u8) -> impl Fn() -> u8 {
        || a
    }

    #[unit]
    pub fn boxed(a: &str) -> Box<dyn Fn() -> usize> {
        Box::new(move || a.len())
    }
}

mod static_asked_for {
    fn is_static(_: &'static str) {}

    #[unit]
    pub fn now(a: &str) {
        is_static(a);
    }

    #[unit]
    pub async fn later(a: &str) {
        is_static(a);
    }
}

mod returned_borrow_is_used_on {
    #[unit]
    fn first(list: &mut Vec<u8>) -> &mut u8 {
        &mut list[0]
    }

    #[unit]
    async fn first_later(list: &mut Vec<u8>) -> &mut u8 {
        &mut list[0]
    }

    pub fn now() {
        let mut list = vec![1];
        let one = first(&mut list);
        list.push(2);
        *one += 1;
    }

    pub async fn later() {
        let mut list = vec![1];
        let one = first_later(&mut list).await;
        list.push(2);
        *one += 1;
    }
}

mod future_borrows {
    #[unit]
    async fn length(list: &Vec<u8>, _: &mut u8) -> usize {
        list.len()
    }

    pub async fn later() -> usize {
        let (mut list, mut other) = (vec![1], 1);
        let future = length(&list, &mut other);
        list.push(2);
        other += 1;
        future.await
    }

    pub async fn dropped() -> usize {
        let mut other = 1;
        let future = {
            let list = vec![1];
            length(&list, &mut other)
        };
        future.await
    }
}

mod argument_moved_by_the_caller {
    #[unit]
    fn takes(_: String) {}

    #[unit]
    async fn takes_later(_: String) {}

    pub async fn calls() {
        let a = String::new();
        takes(a);
        takes(a);
        let b = String::new();
        takes_later(b).await;
        takes_later(b).await;
    }
}

mod moved_into_a_closure {
    #[unit]
    pub fn now(a: String) -> usize {
        let f = #[unit]
        move || a.len();
        f() + a.len()
    }
}

mod matched_and_moved {
    #[unit]
    pub async fn later(a: Option<String>) -> usize {
        match a {
            Some(text) => drop(text),
            None => {}
        }
        a.map_or(0, |text| text.len())
    }
}

mod pattern_moves_from_a_borrow {
    #[unit]
    pub fn now(&(a, b): &(String, u8)) {}

    #[unit]
    pub async fn later(&(a, b): &(String, u8)) {}
}
