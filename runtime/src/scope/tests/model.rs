//! Random writes, done to a scope and to a model of it.

use std::collections::BTreeMap;

use super::*;

/// The obvious scope: maps that are copied. `None` stands for a removal.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    tags: BTreeMap<String, Option<String>>,
    contexts: BTreeMap<String, Option<i64>>,
    extras: BTreeMap<String, Option<i64>>,
    user: Option<Option<String>>,
    level: Option<Option<Level>>,
    transaction: Option<Option<String>>,
    fingerprint: Option<Vec<String>>,
    attachments: Vec<String>,
    processors: usize,
    breadcrumbs: Vec<u64>,
}

impl Model {
    fn over(&self, base: &Model) -> Model {
        let (a, b) = (base.clone(), self.clone());
        Model {
            tags: a.tags.into_iter().chain(b.tags).collect(),
            contexts: a.contexts.into_iter().chain(b.contexts).collect(),
            extras: a.extras.into_iter().chain(b.extras).collect(),
            user: b.user.or(a.user),
            level: b.level.or(a.level),
            transaction: b.transaction.or(a.transaction),
            fingerprint: b.fingerprint.or(a.fingerprint),
            attachments: [a.attachments, b.attachments].concat(),
            processors: a.processors + b.processors,
            breadcrumbs: newest(merge(&newest(a.breadcrumbs), &newest(b.breadcrumbs))),
        }
    }

    /// What the getters of `scope` show, as a model without removals.
    fn of(scope: &Scope) -> Model {
        let number = |value: &Value| value.to_string().parse().unwrap();
        let context = |context: &Context| number(context.get("n").unwrap());
        Model {
            tags: scope.tags().into_iter().map(|(k, v)| (k.to_owned(), Some(v.to_owned()))).collect(),
            contexts: scope.contexts().into_iter().map(|(k, v)| (k.to_owned(), Some(context(v)))).collect(),
            extras: scope.extras().into_iter().map(|(k, v)| (k.to_owned(), Some(number(v)))).collect(),
            user: scope.user().map(|user| user.id.as_ref().map(|id| id.to_string())),
            level: scope.level().map(Some),
            transaction: scope.transaction_name().map(|name| Some(name.to_owned())),
            fingerprint: Some(scope.fingerprint().iter().map(|it| it.to_string()).collect()),
            attachments: scope.attachments().into_iter().map(|it| it.filename.to_string()).collect(),
            processors: scope.event_processors().len(),
            breadcrumbs: messages(scope).into_iter().map(|it| it.parse().unwrap()).collect(),
        }
    }

    fn shown(&self) -> Model {
        let mut shown = self.clone();
        shown.tags.retain(|_, value| value.is_some());
        shown.contexts.retain(|_, value| value.is_some());
        shown.extras.retain(|_, value| value.is_some());
        shown.user = shown.user.filter(Option::is_some);
        shown.level = shown.level.filter(Option::is_some);
        shown.transaction = shown.transaction.filter(Option::is_some);
        shown.fingerprint = Some(shown.fingerprint.unwrap_or_default());
        shown.breadcrumbs = newest(shown.breadcrumbs);
        shown
    }

    fn is_empty(&self) -> bool {
        self.shown() == Model { fingerprint: Some(Vec::new()), ..Model::default() }
    }
}

fn newest(list: Vec<u64>) -> Vec<u64> {
    list[list.len().saturating_sub(MAX_BREADCRUMBS)..].to_vec()
}

fn merge(a: &[u64], b: &[u64]) -> Vec<u64> {
    match (a, b) {
        ([], rest) | (rest, []) => rest.to_vec(),
        ([x, ..], [y, rest @ ..]) if y < x => [vec![*y], merge(a, rest)].concat(),
        ([x, rest @ ..], _) => [vec![*x], merge(rest, b)].concat(),
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }

    fn write(&mut self, scope: &mut Scope, model: &mut Model, keys: u64) {
        let (key, n) = (self.below(keys).to_string(), self.below(1000) as i64);
        let text = n.to_string();
        match self.below(102) {
            0..20 => {
                scope.set_tag(key.clone(), n);
                model.tags.insert(key, Some(text));
            }
            20..30 => {
                scope.remove_tag(&key);
                model.tags.insert(key, None);
            }
            30..36 => {
                scope.set_context(key.clone(), [("n", n)]);
                model.contexts.insert(key, Some(n));
            }
            36..40 => {
                scope.remove_context(&key);
                model.contexts.insert(key, None);
            }
            40..46 => {
                scope.set_extra(key.clone(), n);
                model.extras.insert(key, Some(n));
            }
            46..50 => {
                scope.remove_extra(&key);
                model.extras.insert(key, None);
            }
            50..54 => {
                let user = (n % 2 == 0).then_some(text);
                scope.set_user(user.clone().map(User::from));
                model.user = Some(user);
            }
            54..58 => {
                let level = [None, Some(Level::Debug), Some(Level::Fatal)][n as usize % 3];
                scope.set_level(level);
                model.level = Some(level);
            }
            58..61 => {
                scope.set_transaction_name(text.clone());
                model.transaction = Some(Some(text));
            }
            61 => {
                scope.remove_transaction_name();
                model.transaction = Some(None);
            }
            62..66 => {
                let parts = vec![text; n as usize % 3];
                scope.set_fingerprint(parts.clone());
                model.fingerprint = Some(parts);
            }
            66..68 => {
                scope.add_attachment(Attachment::new(text.clone(), *b""));
                model.attachments.push(text);
            }
            68 => {
                scope.add_event_processor(Some);
                model.processors += 1;
            }
            69..100 => {
                scope.add_breadcrumb(crumb(n as u64));
                model.breadcrumbs.push(n as u64);
            }
            100 => {
                scope.clear_breadcrumbs();
                model.breadcrumbs.clear();
            }
            _ => {
                scope.clear();
                *model = Model::default();
            }
        }
    }
}

#[test]
fn scope_does_what_the_model_does() {
    // Clearing is rare enough for the cap on breadcrumbs to be reached, and the keys are few in one run
    // and many in another, so that some runs compact often and others hardly.
    for seed in 0..12 {
        let mut random = Random(seed);
        let keys = 1 + random.below(if seed % 2 == 0 { 8 } else { 300 });
        let mut pool = vec![(Scope::default(), Model::default()); 5];
        for step in 0..1500 {
            let (i, j) = (random.below(5) as usize, random.below(5) as usize);
            match random.below(60) {
                0 => pool[i] = pool[j].clone(),
                // Lists would double without end.
                1 if pool[i].1.attachments.len() + pool[j].1.attachments.len() < 50 => {
                    pool[i] = (pool[i].0.over(&pool[j].0), pool[i].1.over(&pool[j].1));
                }
                2 => {
                    let (mut scope, mut model) = (pool[i].0.logging(), pool[i].1.clone());
                    let count = random.below(30);
                    (0..count).for_each(|_| random.write(&mut scope, &mut model, keys));
                    assert_eq!(Model::of(&scope), model.shown(), "seed {seed}, step {step}, logging");
                    scope.into_log().into_iter().for_each(|write| pool[i].0.write(write));
                    pool[i].1 = model;
                }
                _ => {
                    let (scope, model) = &mut pool[i];
                    random.write(scope, model, keys);
                }
            }
            let (scope, model) = &pool[i];
            assert_eq!(Model::of(scope), model.shown(), "seed {seed}, step {step}");
            assert_eq!(scope.is_empty(), model.is_empty(), "seed {seed}, step {step}");
            let key = random.below(keys).to_string();
            assert_eq!(scope.tag(&key).map(str::to_owned), model.tags.get(&key).cloned().flatten());
        }
    }
}
