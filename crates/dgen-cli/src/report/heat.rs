//! A heat map: rates by two settings.

use dgen::units::{human_rate, human_rates};

use super::svg::Svg;

const LEFT: f64 = 90.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 30.0;
const CELL: (f64, f64) = (150.0, 54.0);
/// How strong the colour of the lowest and the highest rate is: text stays readable on both, in light and dark.
const RANGE: (f64, f64) = (0.06, 0.5);

/// What a map shows.
pub(crate) struct Heat<'a> {
    pub(crate) title: &'a str,
    /// Tells it from others on a page.
    pub(crate) id: &'a str,
    /// What the columns and the rows are, and their labels.
    pub(crate) columns: (&'a str, Vec<String>),
    pub(crate) rows: (&'a str, Vec<String>),
    /// Bytes per second by row and column; absent where nothing was measured.
    pub(crate) rates: Vec<Vec<Option<f64>>>,
}

impl Heat<'_> {
    pub(crate) fn svg(&self) -> String {
        let (columns, rows) = (self.columns.1.len(), self.rows.1.len());
        let width = LEFT + CELL.0 * columns as f64 + 10.0;
        let height = TOP + CELL.1 * rows as f64 + BOTTOM;
        let measured = || self.rates.iter().flatten().flatten().copied();
        let (low, high) = (measured().fold(f64::INFINITY, f64::min), measured().fold(0.0, f64::max));
        let mut svg = Svg::new(self.id, width.max(420.0), height, self.title, &self.description());
        svg.label(LEFT, 12.0, "start", "soft", self.columns.0);
        svg.label(0.0, TOP - 6.0, "start", "soft", self.rows.0);
        for (index, name) in self.columns.1.iter().enumerate() {
            svg.label(LEFT + (index as f64 + 0.5) * CELL.0, TOP - 6.0, "middle", "", name);
        }
        let mut best = None;
        for (row, name) in self.rows.1.iter().enumerate() {
            let y = TOP + row as f64 * CELL.1;
            svg.label(LEFT - 10.0, y + CELL.1 / 2.0 + 4.0, "end", "", name);
            for column in 0..columns {
                let x = LEFT + column as f64 * CELL.0;
                let rate = self.rates[row][column];
                if rate == Some(high) && best.is_none() {
                    best = Some((x, y));
                }
                cell(&mut svg, (x, y), rate, (low, high));
            }
        }
        if let Some((x, y)) = best {
            let (width, height) = CELL;
            svg.add(format_args!(
                "<rect class=\"best\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height}\"/>"
            ));
        }
        svg.label(LEFT, height - 8.0, "start", "soft", "the stronger the colour, the faster; the frame marks the best");
        svg.finish()
    }

    /// The map in words.
    fn description(&self) -> String {
        let mut parts = Vec::new();
        for (name, rates) in self.rows.1.iter().zip(&self.rates) {
            for (column, rate) in self.columns.1.iter().zip(rates) {
                let rate = rate.map_or_else(|| "not measured".into(), human_rate);
                parts.push(format!("{} {name}, {} {column}: {rate}", self.rows.0, self.columns.0));
            }
        }
        format!("{}.", parts.join("; "))
    }
}

fn cell(svg: &mut Svg, (x, y): (f64, f64), rate: Option<f64>, (low, high): (f64, f64)) {
    let (width, height) = CELL;
    let middle = (x + width / 2.0, y + height / 2.0);
    let Some(rate) = rate else {
        svg.label(middle.0, middle.1 + 4.0, "middle", "soft", "not measured");
        return;
    };
    let place = if high > low { (rate - low) / (high - low) } else { 1.0 };
    let strength = RANGE.0 + place * (RANGE.1 - RANGE.0);
    svg.add(format_args!(
        "<rect class=\"cell bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height}\" rx=\"6\" \
         fill-opacity=\"{strength:.2}\"/>"
    ));
    let [binary, decimal] = human_rates(rate);
    svg.label(middle.0, middle.1 - 2.0, "middle", "", &binary);
    svg.label(middle.0, middle.1 + 14.0, "middle", "", &decimal);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_drawn_and_named_and_one_is_the_best() {
        let heat = Heat {
            title: "Rates",
            id: "heat",
            columns: ("depth", vec!["1".into(), "8".into()]),
            rows: ("buffer", vec!["64KiB".into(), "<1MiB>".into()]),
            rates: vec![vec![Some(1e9), Some(2e9)], vec![Some(2e9), None]],
        };
        let svg = heat.svg();
        assert_eq!(svg.matches("class=\"cell bar\"").count(), 3);
        assert_eq!(svg.matches("class=\"best\"").count(), 1);
        assert!(svg.contains("buffer 64KiB, depth 8: 1.86 GiB/s") && svg.contains("not measured"), "{svg}");
        assert!(!svg.contains("<1MiB>") && svg.contains("<title") && svg.contains("<desc"), "{svg}");
    }
}
