// Each trait of ours that a program can miss says what to write instead.

use isohub::{Hub, breadcrumb, isolated, spawn_isolated, start_span};

struct User;

fn sampler() {
    let _ = isohub::init().sample(0.1);
}

fn sink() {
    let _ = isohub::init().sink(User);
}

fn text_of_a_breadcrumb() {
    breadcrumb!("login", User);
}

fn parent_of_a_hub() {
    let _ = Hub::current().with_parent("parent");
}

fn closure_with_an_argument() {
    let double = |n: u8| n * 2;
    let _ = isolated!(double);
}

fn closure_as_a_task() {
    let work = || ();
    spawn_isolated!(work);
}

fn future_on_a_thread() {
    let work = async {};
    spawn_isolated!(thread, work);
}

fn guard() {
    let _entered = start_span!("part").entered();
}

fn guard_of_the_current_span() {
    start_span!("part").set_local_parent();
}

fn main() {
    sampler();
    sink();
    text_of_a_breadcrumb();
    parent_of_a_hub();
    closure_with_an_argument();
    closure_as_a_task();
    future_on_a_thread();
    guard();
    guard_of_the_current_span();
}
