//! Functions that each annotated function calls, and that do not unwind.
//!
//! Of a call that might unwind, the compiler writes into each annotated function a way on which all is dropped that
//! lives there: a quarter of what a span adds to it. So these are declared with an ABI in which nothing unwinds. They
//! run no code of the program's but under `caught`; a panic of isohub's own would end the process. The doctor panics
//! where that was asked for, so where it is present they are what functions are elsewhere.

/// Declares a function that does not unwind.
#[cfg(not(any(debug_assertions, feature = "doctor")))]
macro_rules! no_unwind {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        #[allow(improper_ctypes_definitions, reason = "only Rust calls it")]
        $vis extern "C" fn $($rest)*
    };
}

#[cfg(any(debug_assertions, feature = "doctor"))]
macro_rules! no_unwind {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        $vis fn $($rest)*
    };
}

pub(crate) use no_unwind;
