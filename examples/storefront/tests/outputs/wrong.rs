//! What goes wrong at the command line, and between the two processes.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::storefront;

#[test]
fn bad_values_are_refused_before_anything_is_begun() {
    let cases: &[(&[&str], &str)] = &[
        (&["--html"], "`--html` takes a value: write `--html FILE`"),
        (&["--perfetto", "--console"], "`--perfetto` takes a value: write `--perfetto FILE`"),
        (&["--requests", "many"], "\"many\" is no number: write `--requests N`"),
        (&["--html", "no/such/page.html"], "`--html` cannot write to no/such/page.html: "),
        (
            &["--otlp", "127.0.0.1:4318"],
            "endpoint is not usable: write a URL such as `http://localhost:4318`",
        ),
        (&["--sentry", "http://127.0.0.1"], "not a DSN"),
        (&["--colour"], "unknown argument `--colour`\n\nusage: storefront"),
    ];
    for (arguments, expected) in cases {
        let output = storefront().args(*arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()), "{arguments:?}");
    }
}

#[test]
fn the_warehouse_ends_when_the_shop_is_killed() {
    let mut shop = storefront();
    shop.args(["--serve", "--console"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut shop = shop.spawn().unwrap();
    let mut lines = BufReader::new(shop.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let (_, warehouse) = line.split_once("http://").unwrap_or_else(|| panic!("{line}"));
    TcpStream::connect(warehouse).expect("the warehouse is open");
    shop.kill().unwrap();
    shop.wait().unwrap();
    let began = Instant::now();
    while TcpStream::connect(warehouse).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(60), "the warehouse is still open");
        std::thread::sleep(Duration::from_millis(10));
    }
}
