fn nothing() {
    let _ = async { isohub::join!(async {}, async {}) };
}

fn nothing_to_try() {
    let _ = async { isohub::try_join!(async { Ok::<u8, u8>(1) }) };
}

fn biased() {
    let _ = async { isohub::join!(async { 1 }) };
}

fn biased_try() {
    let _ = async { isohub::try_join!(async { Ok::<u8, u8>(1) }) };
}

pub(crate) fn main() {
    nothing();
    nothing_to_try();
    biased();
    biased_try();
}
