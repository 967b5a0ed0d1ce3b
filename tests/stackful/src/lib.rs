//! What the tests of coroutines share.
#![forbid(unsafe_code)]

use std::time::Duration;

use isohub::Hub;
use isohub::testing::Recorder;

/// The tags of the unit that runs, in the order of their keys.
pub fn tags() -> String {
    let hub = Hub::current();
    let tags: Vec<_> = hub.scope().tags().iter().map(|(key, value)| format!("{key}={value}")).collect();
    tags.join(" ")
}

/// The span that is active, as text.
pub fn active() -> String {
    isohub::current_span().context().map_or_else(String::new, |context| context.to_string())
}

/// The tree when all spans have ended, each of which is accounted for, and siblings in the order of their text.
pub fn settled_tree(recorder: &Recorder) -> String {
    recorder.settled(Duration::from_secs(30)).expect("every span ends");
    let stats = recorder.stats();
    assert_eq!(stats.started, stats.delivered + stats.dropped + stats.open, "{stats:?}");
    assert_eq!((stats.dropped, stats.open), (0, 0), "{stats:?}");
    let tree = recorder.tree();
    sorted(&tree.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>())
}

fn sorted(lines: &[&str]) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let Some(first) = lines.first() else { return String::new() };
    let mut siblings: Vec<_> = lines
        .chunk_by(|_, next| depth(next) > depth(first))
        .map(|family| format!("{}\n{}", family[0], sorted(&family[1..])))
        .collect();
    siblings.sort();
    siblings.concat()
}

/// Says in a tag of the unit that runs, when it is dropped, that it was; and to whoever holds the other end
/// which tags were there.
#[derive(Debug)]
pub struct Tells(pub std::sync::mpsc::Sender<String>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(tags());
        isohub::set_tag("destructor", "wrote");
    }
}
