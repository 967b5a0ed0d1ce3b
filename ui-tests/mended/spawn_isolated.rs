use isohub::spawn_isolated;

fn nothing() {
    spawn_isolated!(async {});
}

fn closure_as_a_task() {
    spawn_isolated!(blocking, || 1);
}

fn closure_as_a_local_task() {
    spawn_isolated!(local, async { 1 });
}

fn blocking_future() {
    spawn_isolated!(blocking, move || 1);
}

fn future_on_a_thread() {
    let _ = spawn_isolated!(thread, move || 1).join();
}

fn argument_on_a_thread() {
    let _ = spawn_isolated!(thread, || 1).join();
}

fn async_closure() {
    spawn_isolated!(async move { 1 });
}

fn two_places() {
    spawn_isolated!(blocking, || 1);
}

fn a_place_and_in() {
    let mut set = tokio::task::JoinSet::new();
    spawn_isolated!(in set, async { 1 });
}

fn fields_without_a_name() {
    spawn_isolated!("name", fields(a = 1), async { 1 });
}

fn op_without_a_name() {
    spawn_isolated!("name", op = "db", async { 1 });
}

fn empty_name() {
    spawn_isolated!("name", async { 1 });
}

fn name_after_the_unit() {
    spawn_isolated!("name", async { 1 });
}

fn misspelt_place() {
    spawn_isolated!(blocking, move || 1);
}

fn unknown_option() {
    spawn_isolated!(fresh, async { 1 });
}

pub(crate) fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
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
    });
}
