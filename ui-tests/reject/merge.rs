use isohub::{isolated_hub, parallel_span, span, spawn_isolated};

#[isolated_hub(merge = true)]
fn a_value() {}

#[isolated_hub(merge(always))]
fn another_word() {}

#[parallel_span(merge(err, ok))]
fn two_words() {}

#[isolated_hub(merge())]
fn no_word() {}

#[parallel_span(merge, tags(a = 1), merge(err))]
fn twice() {}

#[isolated_hub(fresh, merge)]
fn of_nobody() {}

#[span(merge)]
fn of_no_hub() {}

fn spawned() {
    spawn_isolated!(merge, async {});
}

fn main() {
    a_value();
    another_word();
    two_words();
    no_word();
    twice();
    of_nobody();
    of_no_hub();
    spawned();
}
