//! Lints that are errors.

#![forbid(unsafe_code)]
#![deny(unused, non_snake_case, unreachable_code)]

fn main() {}

mod unsafe_code {
    #[unit]
    pub fn now() {
        unsafe {}
    }

    #[unit]
    pub unsafe fn declared() {}
}

mod unused_argument {
    #[unit]
    pub async fn later(unused: u8) {}
}

mod overflowing {
    #[unit]
    pub fn literal() -> u8 {
        256
    }

    #[unit]
    pub fn arithmetic() -> u8 {
        255_u8 + 1
    }

    #[unit]
    pub async fn index() -> u8 {
        [1, 2][5]
    }
}

mod unconditional_panic {
    #[unit]
    pub fn now() -> u8 {
        1 / 0
    }
}

mod denied_here {
    #[unit]
    #[deny(clippy::all, deprecated)]
    pub fn now() {
        old();
    }

    #[deprecated]
    fn old() {}
}

mod unreachable {
    #[unit]
    pub fn now() -> u8 {
        panic!();
        1
    }
}
