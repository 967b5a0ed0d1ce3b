fn main() {
    let _ = async {
        isohub::join!();
        isohub::try_join!();
        isohub::join!(biased; async { 1 });
        let _: Result<(), u8> = isohub::try_join!(biased; async { Ok(()) });
    };
}
