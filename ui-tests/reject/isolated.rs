use isohub::isolated;

fn main() {
    let _ = isolated!();
    let _ = isolated!(tags(a = 1));
    let _ = isolated!(async { 1 }, fresh);
    let _ = isolated!(fesh, async { 1 });
    let _ = isolated!("name", async { 1 });
    let _ = isolated!(err, async { Ok::<u8, u8>(1) });
    let _ = isolated!(blocking, move || 1);
    let _ = isolated!(|a: u8, b: u8| a + b);
    let _ = isolated!(async |a: u8| a);
    let _ = isolated!(fresh, fresh, async { 1 });
    let _ = isolated!(detached, parent = None, async { 1 });
}
