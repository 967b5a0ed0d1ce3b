//! What a declaration may look like.

use std::collections::HashMap;

use isohub::hub_local;

mod values {
    use isohub::hub_local;

    type Function = Box<dyn Fn(u32) -> u32 + Send + Sync>;

    hub_local! {
        /// A policy that is written though it is the default.
        #[allow(dead_code, reason = "an attribute is passed on")]
        pub(super) static FORK: u32 = 1, fork;
        pub(in crate::locals) static SHARE: Vec<Option<(u32, &'static str)>> = vec![None; 3], share;
        pub static NEITHER_CLONE_NOR_DEBUG: std::collections::HashMap<String, Function>;
        static LAST_WITHOUT_SEMICOLON: (), reset
    }

    pub fn is_last_set() -> [bool; 2] {
        let before = LAST_WITHOUT_SEMICOLON.get().is_some();
        LAST_WITHOUT_SEMICOLON.set(());
        [before, LAST_WITHOUT_SEMICOLON.get().is_some()]
    }
}

hub_local! {}

macro_rules! declared {
    ($name:ident: $ty:ty = $default:expr, $policy:ident) => {
        hub_local! {
            static $name: $ty = $default, $policy;
        }
    };
}

declared!(IN_A_MACRO: u8 = 3, reset);

#[test]
fn visibility_attributes_and_types_are_those_of_any_static() {
    assert_eq!(values::FORK.get().as_deref(), Some(&1));
    assert_eq!(values::SHARE.get().map(|it| it.len()), Some(3));
    values::NEITHER_CLONE_NOR_DEBUG.set(HashMap::from([("next".to_owned(), Box::new(|n: u32| n + 1) as _)]));
    assert_eq!(values::NEITHER_CLONE_NOR_DEBUG.get().map(|it| it["next"](1)), Some(2));
    assert_eq!(values::is_last_set(), [false, true]);
    assert_eq!(IN_A_MACRO.get().as_deref(), Some(&3));
}

#[test]
fn two_of_one_type_are_two_and_one_in_a_generic_function_is_one() {
    hub_local! {
        static FIRST: u32;
        static SECOND: u32;
    }
    fn exchanged<T>(value: T, with: u32) -> u32
    where
        T: Into<u64>,
    {
        hub_local! {
            static IN_A_FUNCTION: u32 = 0;
        }
        let before = IN_A_FUNCTION.get().map_or(u32::MAX, |it| *it);
        IN_A_FUNCTION.set(with);
        drop(value);
        before
    }
    FIRST.set(1);
    assert_eq!((FIRST.get().as_deref(), SECOND.get()), (Some(&1), None));
    assert_eq!((exchanged(1_u8, 5), exchanged(1_u16, 6)), (0, 5));
}
