//! The behaviours, run over every kind of unit that needs no build of its own.

mod broken;
mod executors;
mod items;
mod jobs;
mod messages;
mod one_task;
mod threads;
mod tokio_tasks;
mod util;

use isohub_conformance::{conform, table};

conform! {
    thread => threads::Spawned::by_macro(),
    thread_by_call => threads::Spawned::by_call(),
    thread_builder => threads::Spawned::by_builder(),
    scoped_thread => threads::Scoped::ByMacro,
    scoped_thread_builder => threads::Scoped::ByBuilder,
    tokio_task => tokio_tasks::multi_thread(tokio_tasks::spawned),
    tokio_task_by_macro => tokio_tasks::multi_thread(tokio_tasks::by_macro),
    tokio_task_isolated => tokio_tasks::hub_only(tokio_tasks::isolated),
    tokio_current_thread => tokio_tasks::current_thread(tokio_tasks::spawned),
    tokio_handle => tokio_tasks::multi_thread(tokio_tasks::by_handle),
    tokio_join_set => tokio_tasks::JoinSet,
    tokio_task_tracker => tokio_tasks::multi_thread(util::tracked),
    tokio_local_pool => util::pinned(),
    tokio_local_set => tokio_tasks::local_set(),
    tokio_local_runtime => tokio_tasks::local_runtime(),
    tokio_spawn_blocking => tokio_tasks::Blocking,
    tokio_block_on => tokio_tasks::BlockOn,
    join => one_task::isohub_join(),
    try_join => one_task::isohub_try_join(),
    tokio_join => one_task::tokio_join(),
    futures_join => one_task::futures_join(),
    join_all => one_task::join_all(),
    select => one_task::select(),
    futures_unordered => one_task::futures_unordered(),
    buffer_unordered => one_task::buffer_unordered(),
    closure_of_futures => one_task::closure_of_futures(),
    inner_blocks => one_task::inner_blocks(),
    isolated => one_task::by_adaptor(),
    smol_task => executors::smol(),
    smol_unblock => executors::unblock(),
    async_executor_task => executors::async_executor(),
    futures_thread_pool => executors::thread_pool(),
    local_pool => executors::local_pool(),
    own_executor => executors::own(),
    thread_pool => jobs::Pool::of_many(),
    thread_pool_of_one => jobs::Pool::of_one(),
    rayon_join => jobs::rayon_join(),
    rayon_join_by_call => jobs::rayon_join_by_call(),
    rayon_scope => jobs::rayon_scope(),
    rayon_spawn => jobs::rayon_spawn(),
    rayon_items => jobs::rayon_items(),
    rayon_closure => jobs::rayon_closure(),
    stream => items::stream(),
    stream_isolated => items::stream_isolated(),
    generator => items::generator(),
    sink => items::sink(),
    http_body => items::http_body(),
    channel => messages::channel_of_futures(),
    actor => messages::Actor::new(),
    web_request => messages::web_request(),
}

#[test]
fn the_table_says_what_is_shown_here() {
    table::check("conformance", SORTS);
}

#[test]
fn the_documents_count_the_behaviours() {
    let counted = format!("one list of {} behaviours", isohub_conformance::BEHAVIOURS.len());
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for document in [include_str!("../../../../README.md"), include_str!("../../../../CHANGELOG.md")] {
        assert!(words(document).contains(&counted), "{counted}");
    }
}

/// The adapters of other packages: their own tests compare them with the table, and here it is seen that they are there.
#[test]
fn what_the_table_names_elsewhere_is_there() {
    let elsewhere = [
        ("stackful", include_str!("../../../stackful/tests/conformance/main.rs")),
        ("tokio-unstable", include_str!("../../../tokio-unstable/tests/conformance/main.rs")),
    ];
    for (package, adapters) in elsewhere {
        for name in table::tests_of(package) {
            assert!(adapters.contains(&format!("    {name} => ")), "tests/{package} has no adapter `{name}`");
        }
    }
    let known = ["conformance", "stackful", "tokio-unstable"].map(str::to_owned);
    assert_eq!(table::packages(), known.into());
}
