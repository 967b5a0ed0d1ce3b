use isohub::spawn_isolated;

fn main() {
    spawn_isolated!();
    spawn_isolated!(|| 1);
    spawn_isolated!(local, || 1);
    spawn_isolated!(blocking, async { 1 });
    spawn_isolated!(thread, async { 1 });
    spawn_isolated!(thread, |n: u8| n);
    spawn_isolated!(async || 1);
    spawn_isolated!(blocking, thread, || 1);
    spawn_isolated!(thread, in set, || 1);
    spawn_isolated!(fields(a = 1), async { 1 });
    spawn_isolated!(op = "db", err, async { Ok::<u8, u8>(1) });
    spawn_isolated!("", async { 1 });
    spawn_isolated!(async { 1 }, "name");
}
