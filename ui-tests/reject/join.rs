#![allow(unused_must_use)]

fn nothing() {
    async { isohub::join!() };
}

fn nothing_to_try() {
    async { isohub::try_join!() };
}

fn biased() {
    async { isohub::join!(biased; async { 1 }) };
}

fn biased_try() {
    async { isohub::try_join!(biased; async { Ok::<u8, u8>(1) }) };
}

fn main() {
    nothing();
    nothing_to_try();
    biased();
    biased_try();
}
