// What is no declaration, no policy, and no type of which units on several threads can have a value.

use std::cell::Cell;
use std::rc::Rc;

use isohub::hub_local;

hub_local! {
    static DECLARED: u32;
    static UNKNOWN_POLICY: u32, shared;
}

hub_local! {
    static TWO_POLICIES: u32 = 1, share, reset;
}

hub_local! {
    static DECLARED_TOO: u32 = 1;
    static NO_COMMA: u32 = 1 reset;
}

hub_local! {
    static mut MUTABLE: u32 = 1;
}

hub_local! {
    NO_STATIC: u32 = 1;
}

hub_local! {
    static NO_TYPE = 1;
}

hub_local! {
    static NOT_SYNC: Cell<u32>;
    static NOT_SEND: Rc<u32> = Rc::new(1);
}

hub_local! {
    static NO_DEFAULT_OF_THE_TYPE: u32 = "one";
}

fn main() {
    DECLARED.set("one");
    DECLARED.scope(1, async { DECLARED.get() });
}
