//! What the documents show is what is there.

const README: &str = include_str!("../../../README.md");

#[test]
fn the_program_of_the_readme_is_the_example() {
    let example = include_str!("../../../examples/quickstart.rs");
    let (_, program) = example.split_once("\n\n").unwrap();
    let shown = format!("```rust\n{program}```");
    assert!(README.contains(&shown), "README.md does not show examples/quickstart.rs");
    assert!(program.lines().count() <= 20, "a newcomer reads it at a glance");
}

#[test]
fn the_output_of_the_program_is_shown_early() {
    let line = README.lines().position(|line| line.starts_with("└ ask")).unwrap();
    assert!(line < 40, "line {}", line + 1);
}
