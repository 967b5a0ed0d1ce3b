//! What is taken for a spawn, and what is not.

use expect_test::{Expect, expect};

use super::attribute;
use crate::attribute::Marker;

/// The messages about a body's statements.
fn check(statements: &str, expected: &Expect) {
    expected.assert_eq(&attribute(Marker::Span, "", &format!("async fn f() {{ {statements} }}")));
}

fn accepted(statements: &str) {
    assert_eq!(attribute(Marker::Span, "", &format!("async fn f() {{ {statements} }}")), "", "{statements}");
}

#[test]
fn literals_in_every_known_spawner_are_refused() {
    let futures = "tokio::spawn tokio::task::spawn task::spawn spawn_local tokio::task::spawn_local \
                   smol::spawn async_std::task::spawn async_std::task::spawn_local \
                   async_global_executor::spawn actix_rt::spawn actix_web::rt::spawn \
                   wasm_bindgen_futures::spawn_local compio::runtime::spawn monoio::spawn \
                   glommio::spawn_local tokio_uring::spawn ::tokio::spawn crate::lib::tokio::spawn";
    let closures = "spawn_blocking task::spawn_blocking tokio::task::spawn_blocking std::thread::spawn \
                    thread::spawn rayon::spawn rayon::spawn_fifo rayon::join rayon::broadcast \
                    ::rayon::spawn_broadcast rayon_core::rayon::join smol::unblock \
                    async_std::task::spawn_blocking async_global_executor::spawn_blocking";
    let of = |spawner: &str, unit: &str| {
        attribute(Marker::IsolatedHub, "", &format!("fn f() {{ {spawner}({unit}); }}"))
    };
    for (spawners, right, wrong) in [(futures, "async {}", "|| 1"), (closures, "move || 1", "async {}")] {
        for spawner in spawners.split_whitespace() {
            assert_eq!(of(spawner, right).lines().count(), 1, "{spawner}");
            // The compiler says that the spawner takes no such thing.
            assert_eq!(of(spawner, wrong), "", "{spawner}");
            assert_eq!(of(spawner, &format!("#[isohub::isolated_hub] {right}")), "", "{spawner}");
            assert_eq!(of(spawner, &format!("#[span] {right}")).lines().count(), 1, "{spawner}");
        }
    }
}

#[test]
fn others_are_not_spawners() {
    for call in
        ["spawn", "my::spawn", "spawner::spawn", "join", "rayon::scope", "rt::spawn", "runtime::spawn"]
    {
        accepted(&format!("{call}(async {{}}); {call}(|| 1);"));
    }
    accepted("command.spawn(); pool.spawn(job); pool.spawned(async {}); pool.spawn(async {}.boxed());");
    accepted("isohub::rayon::join(|| 1, || 2); ::isohub::rayon::spawn(|| 1); pool.broadcast(async {});");
    assert_eq!(attribute(Marker::Span, "crate = a::b", "fn f() { a::b::rayon::broadcast(|| 1); }"), "");
    accepted("<T as tokio::Rt>::spawn(async {}); (tokio::spawn)(async {});");
    accepted("fn inner() { tokio::spawn(async {}); } struct S; impl S { fn g() { task::spawn(async {}); } }");
}

#[test]
fn half_typed_bodies_are_not_looked_into() {
    accepted("tokio::spawn(async {}); x.");
}

#[test]
fn what_macros_are_given_is_looked_at_where_it_is_rust() {
    check(
        "vec![1, tokio::spawn(async {})];
         select! { a = b => {}, tokio::spawn(async {}) };
         format!(\"{}\", |a, b| a + thread::spawn(move || 1));
         quote!(tokio::spawn(async {}));
         assert!(x.map(|a, b| tokio::spawn(async {})).is_some(), \"{y}\");
         isolated!(allow(bare_spawn), async { tokio::spawn(async {}) });
         other!(allow(bare_spawn), async { tokio::spawn(async {}) });
         spawn_isolated!(in set, tags(a = 1), async { set.spawn(|| 1) });",
        &expect![[r#"
            this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
            this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
            this thread would not inherit the hub: use `isohub::spawn_isolated!(thread, ..)`, or write `allow(bare_spawn)` in the attribute if it is meant
            this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
            this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
            this unit would not inherit the hub: use `isohub::spawn_isolated!(in set, ..)`, or write `allow(bare_spawn)` in the attribute if it is meant
        "#]],
    );
}

#[test]
fn joins_with_a_path_are_not_ours() {
    check(
        "tokio::join!(async {}, f(), x, a.b(async {}));",
        &expect![[r#"
        this branch would share its hub with the others: use `isohub::join!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
    "#]],
    );
    check(
        "futures::future::try_join!(biased; (async {}),);",
        &expect![[r#"
        this branch would share its hub with the others: use `isohub::try_join!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
    "#]],
    );
    accepted("join!(async {}); try_join!(async {}); isohub::join!(async {}); ::isohub::try_join!(async {});");
    accepted("tokio::join!(#[isolated_hub] async {}, #[parallel_span] async {}, isolated!(async {}));");
    assert_eq!(attribute(Marker::Span, "crate = a::lib", "async fn f() { a::lib::join!(async {}); }"), "");
}

#[test]
fn an_attribute_allows_for_what_is_inside_it() {
    check(
        "let a = #[span(allow(bare_spawn))] async { tokio::spawn(async {}); || task::spawn(async {}) };
         tokio::spawn(async {});",
        &expect![[r#"
            this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
        "#]],
    );
    check(
        "#[isolated_hub(allow(bare_spawn))] async { tokio::spawn(async {}) }.await; task::spawn(async {});",
        &expect![[r#"
            this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in the attribute if it is meant
        "#]],
    );
    accepted("#[isolated_hub(allow(bare_spawn))] || tokio::spawn(async {})");
}

#[test]
fn values_that_are_thrown_away() {
    check(
        "let _ = start_span!(\"a\");
         let _: Span = isohub::start_span!(\"a\");
         let _ = hub.with_tag(\"a\", 1);
         let _ = Hub::current().with_user(user).with_tag(\"a\", 1);
         let _ = isohub::init().sink(x).install()?;
         let _ = (isohub::init().install().expect(\"once\"));",
        &expect![[r#"
            this span ends at once: bind it to a name or use `.in_scope(..)`
            this span ends at once: bind it to a name or use `.in_scope(..)`
            this hub is thrown away, with what was set on it: run something in it with `.run(..)` or `.bind_hub(..)`
            this hub is thrown away, with what was set on it: run something in it with `.run(..)` or `.bind_hub(..)`
            this guard is dropped at once: bind it to a name, as in `let _isohub = ..`
            this guard is dropped at once: bind it to a name, as in `let _isohub = ..`
        "#]],
    );
    accepted(
        "let _ = other::start_span!(\"a\"); let _ = builder.with_tag(\"a\", 1); let _ = init().install()?;",
    );
    accepted(
        "let _ = start_span!(\"a\").in_scope(f); let _ = eyre::init().install(); let _a = start_span!(\"a\");",
    );
    accepted(
        "let _ = hub.scope(); let _ = Hub::current().run(f); let _ = hub.with_tag(\"a\", 1).run(f); let _;",
    );
}
