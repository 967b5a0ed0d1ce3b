//! `break` and `continue` keep their targets outside an annotated block.
#![deny(warnings)]

use isohub::{parallel_span, span};

#[span]
fn now(rows: &[[u8; 3]]) -> Vec<u8> {
    let mut found = Vec::new();
    'rows: for row in rows {
        #[span("row")]
        {
            for cell in row {
                #[isohub::isolated_hub]
                match cell {
                    0 => continue,
                    1 => continue 'rows,
                    2 => break,
                    9 => break 'rows,
                    other => found.push(*other),
                }
            }
        }
    }
    found
}

#[parallel_span]
async fn later(mut n: u8) -> u8 {
    let all = 'outer: loop {
        #[span("step")]
        {
            n = std::future::ready(n + 1).await;
            if n > 4 {
                break 'outer n;
            }
            if n % 2 == 0 {
                continue;
            }
        }
        n += 1;
    };
    all
}

pub(crate) fn main() {
    assert_eq!(now(&[[0, 3, 1], [4, 2, 5], [6, 9, 7], [8, 8, 8]]), [3, 4, 6]);
    assert_eq!(futures::executor::block_on(later(0)), 5);
}
