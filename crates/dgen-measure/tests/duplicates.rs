//! Rows of docs/DUPLICATES.md, measured again.

#[path = "../examples/duplicates/table.rs"]
mod table;

#[test]
fn the_page_has_what_is_measured() {
    let page = include_str!("../../../docs/DUPLICATES.md");
    assert!(page.starts_with(table::HEAD));
    let (cases, rows) = (table::cases(), page[table::HEAD.len()..].lines().collect::<Vec<_>>());
    assert_eq!(cases.len(), rows.len());
    for number in (0..cases.len()).step_by(17) {
        assert_eq!(table::row(&cases[number]), rows[number]);
    }
}
