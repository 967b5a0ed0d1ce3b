// What is neither a future nor a closure, an option that stands last included: it may be a variable.

fn main() {
    let n = 1;
    let _ = isohub::isolated!(fresh);
    let _ = isohub::isolated!(fresh,);
    let _ = isohub::parallel!("name", err);
    isohub::spawn_isolated!(blocking);
    let _ = isohub::isolated!(n);
    let _ = isohub::parallel!("name", n);
    isohub::spawn_isolated!(n);
    isohub::spawn_isolated!(thread, n);
    isohub::spawn_isolated!(in n, async {});
    let _ = async { isohub::join!(n) };
}
