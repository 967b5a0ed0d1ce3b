//! Functions made by macros, from every kind of fragment.
#![deny(warnings)]

macro_rules! functions {
    ($vis:vis $name:ident($arg:ident: $ty:ty) -> $out:ty $body:block, $text:literal, $value:expr) => {
        #[isohub::span($text, fields(value = $value, $arg))]
        $vis fn $name($arg: $ty) -> $out $body

        paste! { $name $arg: $ty => $out; $body $value }
    };
}

macro_rules! paste {
    ($name:ident $arg:ident: $ty:ty => $out:ty; $body:block $value:expr) => {
        pub mod later {
            #[isohub::parallel_span(name = stringify!($name), tags(value = $value))]
            pub async fn $name($arg: $ty) -> $out {
                let unit = #[isohub::span] async {
                    let made = $body;
                    made
                };
                unit.await
            }
        }
    };
}

functions!(pub doubled(n: u8) -> u8 { n * 2 }, "double", 1 + 1);

macro_rules! item {
    ($item:item) => { #[isohub::isolated_hub] $item };
}

item! {
    fn whole<T: Into<u64>>(n: T) -> u64 { n.into() }
}

macro_rules! generic {
    ($($lifetime:lifetime)? $(#[$meta:meta])* $pattern:pat => $tail:expr) => {
        $(#[$meta])*
        #[isohub::span]
        fn generic$(<$lifetime>)?($pattern: (u8, &$($lifetime)? str)) -> u8 { $tail }
    };
}

generic!('a #[inline] #[must_use] (_, _) => 3);

pub(crate) fn main() {
    assert_eq!(doubled(2), 4);
    assert_eq!(futures::executor::block_on(later::doubled(2)), 4);
    assert_eq!(whole(2_u8), 2);
    assert_eq!(generic((1, "a")), 3);
}
