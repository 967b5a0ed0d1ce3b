use isohub::spawn_isolated;

fn nothing() {
    spawn_isolated!();
}

fn closure_as_a_task() {
    spawn_isolated!(|| 1);
}

fn closure_as_a_local_task() {
    spawn_isolated!(local, || 1);
}

fn blocking_future() {
    spawn_isolated!(blocking, async { 1 });
}

fn future_on_a_thread() {
    spawn_isolated!(thread, async { 1 });
}

fn argument_on_a_thread() {
    spawn_isolated!(thread, |n: u8| n);
}

fn async_closure() {
    spawn_isolated!(async || 1);
}

fn two_places() {
    spawn_isolated!(blocking, thread, || 1);
}

fn a_place_and_in() {
    spawn_isolated!(thread, in set, || 1);
}

fn fields_without_a_name() {
    spawn_isolated!(fields(a = 1), async { 1 });
}

fn op_without_a_name() {
    spawn_isolated!(op = "db", async { 1 });
}

fn empty_name() {
    spawn_isolated!("", async { 1 });
}

fn name_after_the_unit() {
    spawn_isolated!(async { 1 }, "name");
}

fn misspelt_place() {
    spawn_isolated!(bloking, move || 1);
}

fn unknown_option() {
    spawn_isolated!(everything, async { 1 });
}

fn main() {
    nothing();
    closure_as_a_task();
    closure_as_a_local_task();
    blocking_future();
    future_on_a_thread();
    argument_on_a_thread();
    async_closure();
    two_places();
    a_place_and_in();
    fields_without_a_name();
    op_without_a_name();
    empty_name();
    name_after_the_unit();
    misspelt_place();
    unknown_option();
}
