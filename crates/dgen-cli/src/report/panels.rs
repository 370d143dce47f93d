//! Small plots beside each other, over the same axes: a value over a setting that grows by powers of two, and one value over
//! another.

use std::fmt::Write as _;

use super::page::{Page, escape};
use super::scale::Scale;
use super::svg::{Dot, Svg, X};

const HEIGHT: f64 = 190.0;
const SCATTER_HEIGHT: f64 = 320.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 36.0;
/// Where the lowest setting stands, so that its dots keep clear of the labels of the upright axis.
const FIRST: f64 = 0.06;
/// Between the names of two lines.
const NAME: f64 = 14.0;
/// Between the dots of neighbouring lines at the same setting, in pixels.
const ASIDE: f64 = 3.0;
/// Colours that there are (`page.css`).
const COLOURS: usize = 7;

/// A measured point.
pub(crate) struct Mark {
    /// The setting, or the value that the other is over.
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Lowest and highest of the rounds.
    pub(crate) range: (f64, f64),
    pub(crate) told: String,
    pub(crate) best: bool,
    /// Whether it is not to be relied on.
    pub(crate) faint: bool,
}

/// Points that belong together.
pub(crate) struct Series {
    pub(crate) name: String,
    /// Which of the page's lines it is, and of how many: the same one has the same colour in all plots.
    pub(crate) place: (usize, usize),
    /// Shown as squares, or as circles.
    pub(crate) square: bool,
    /// Shown without a filling.
    pub(crate) hollow: bool,
    pub(crate) marks: Vec<Mark>,
}

impl Series {
    /// The class that has its colour; few lines take colours that are far apart.
    fn colour(&self) -> String {
        let (index, count) = self.place;
        format!("c{}", (index * (COLOURS - 1)).checked_div(count.saturating_sub(1)).unwrap_or(3).min(COLOURS - 1))
    }

    fn class(&self, mark: &Mark) -> &'static str {
        match (self.hollow, mark.faint) {
            (false, false) => "",
            (true, false) => "hollow",
            (false, true) => "faint",
            (true, true) => "hollow faint",
        }
    }
}

/// One small plot.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) series: Vec<Series>,
}

/// Plots over the same axes.
pub(crate) struct Panels {
    /// A word that no other drawing of the page begins with.
    pub(crate) id: &'static str,
    /// What the settings are called.
    pub(crate) x: &'static str,
    pub(crate) settings: Vec<f64>,
    pub(crate) scale: Scale,
    pub(crate) highest: f64,
    pub(crate) plots: Vec<Panel>,
}

impl Panels {
    /// Where a setting lies on an axis of powers of two.
    fn across(&self, setting: f64) -> f64 {
        let ends = self.settings.first().zip(self.settings.last());
        let (low, high) = ends.map_or((0.0, 0.0), |(low, high)| (low.log2(), high.log2()));
        if high > low { FIRST + (setting.log2() - low) / (high - low) * (1.0 - FIRST) } else { 0.5 }
    }

    fn svg(&self, index: usize) -> String {
        let panel = &self.plots[index];
        let id = format!("{}-{index}", self.id);
        let mut svg = Svg::new(&id, "small", HEIGHT, &panel.title, &described(panel));
        let ticks = self.scale.ticks(self.highest, 4);
        let top = ticks.last().map_or(1.0, |tick| tick.0).max(f64::MIN_POSITIVE);
        let floor = HEIGHT - BOTTOM;
        let y = |value: f64| floor - value / top * (floor - TOP);
        for (value, label) in &ticks {
            svg.line("grid", (0.0, y(*value)), (1.0, y(*value)));
            svg.label(X::Before(8.0), y(*value) + 4.0, "end", "soft", label);
        }
        svg.label(X::Before(36.0), 10.0, "start", "soft", self.scale.unit);
        for setting in &self.settings {
            svg.label(X::At(self.across(*setting)), floor + 17.0, "middle", "soft", &format!("{setting}"));
        }
        svg.label(X::At(0.5), HEIGHT - 3.0, "middle", "soft", self.x);
        let lines = panel.series.len();
        for (line, series) in panel.series.iter().enumerate() {
            let aside = (line as f64 - (lines as f64 - 1.0) / 2.0) * ASIDE;
            svg.add(format_args!("<g class=\"{}\" transform=\"translate({aside:.1},0)\">", series.colour()));
            self.draw(&mut svg, series, y);
            svg.add(format_args!("</g>"));
        }
        let ends = panel.series.iter().map(|series| series.marks.last().map_or(floor, |mark| y(mark.y)));
        for (series, at) in panel.series.iter().zip(apart(&ends.collect::<Vec<_>>(), floor)) {
            svg.label(X::After(12.0), at + 4.0, "start", &format!("name {}", series.colour()), &series.name);
        }
        svg.finish()
    }

    fn draw(&self, svg: &mut Svg, series: &Series, y: impl Fn(f64) -> f64) {
        for pair in series.marks.windows(2) {
            let [from, to] = [&pair[0], &pair[1]].map(|mark| (self.across(mark.x), y(mark.y)));
            svg.line("join", from, to);
        }
        for mark in &series.marks {
            let x = self.across(mark.x);
            svg.line("whisker", (x, y(mark.range.0)), (x, y(mark.range.1)));
            svg.dot(&Dot {
                at: (x, y(mark.y)),
                class: series.class(mark),
                square: series.square,
                best: mark.best,
                told: &mark.told,
            });
        }
    }
}

/// The plot in words.
fn described(panel: &Panel) -> String {
    let highest = |series: &Series| {
        let most = series.marks.iter().max_by(|one, other| one.y.total_cmp(&other.y))?;
        Some(format!("highest of {}: {}", series.name, most.told))
    };
    panel.series.iter().filter_map(highest).collect::<Vec<_>>().join("; ")
}

/// Heights for names that belong at these heights, moved so that none covers another.
fn apart(heights: &[f64], floor: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|one, other| heights[*one].total_cmp(&heights[*other]));
    let mut moved = heights.to_vec();
    let mut free = f64::NEG_INFINITY;
    for index in &order {
        moved[*index] = heights[*index].max(free);
        free = moved[*index] + NAME;
    }
    // Back up, where that has led below the axis.
    let mut free = floor;
    for index in order.iter().rev() {
        moved[*index] = moved[*index].min(free);
        free = moved[*index] - NAME;
    }
    moved
}

/// One value over another, both axes for all points: the one across from zero, the upright one logarithmic.
pub(crate) struct Scatter {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) x: (&'static str, Scale),
    pub(crate) y: (&'static str, Scale),
    pub(crate) series: Vec<Series>,
}

impl Scatter {
    pub(crate) fn svg(&self) -> String {
        let marks = || self.series.iter().flat_map(|series| &series.marks);
        let most = marks().map(|mark| mark.x).fold(0.0, f64::max);
        let (low, high) =
            marks().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), mark| (low.min(mark.y), high.max(mark.y)));
        let description =
            format!("{} points; {} from {} to {}.", marks().count(), self.y.0, self.y.1.text(low), self.y.1.text(high));
        let mut svg = Svg::new(self.id, "", SCATTER_HEIGHT, &self.title, &description);
        let (across, upright) = (self.x.1.ticks(most, 5), self.y.1.decades(low, high));
        let right = across.last().map_or(1.0, |tick| tick.0).max(f64::MIN_POSITIVE);
        let (bottom, top) = (upright[0].0.ln(), upright[upright.len() - 1].0.ln());
        let floor = SCATTER_HEIGHT - BOTTOM;
        let y = |value: f64| floor - (value.ln() - bottom) / (top - bottom) * (floor - TOP);
        for (value, label) in &upright {
            svg.line("grid", (0.0, y(*value)), (1.0, y(*value)));
            svg.label(X::Before(8.0), y(*value) + 4.0, "end", "soft", label);
        }
        svg.label(X::Before(44.0), 10.0, "start", "soft", &format!("{}, {}", self.y.0, self.y.1.unit));
        for (value, label) in &across {
            svg.label(X::At(value / right), floor + 17.0, "middle", "soft", label);
        }
        svg.label(X::At(0.5), SCATTER_HEIGHT - 3.0, "middle", "soft", &format!("{}, {}", self.x.0, self.x.1.unit));
        for series in &self.series {
            svg.add(format_args!("<g class=\"{}\">", series.colour()));
            for mark in &series.marks {
                let (at, class) = ((mark.x / right, y(mark.y)), series.class(mark));
                svg.dot(&Dot { at, class, square: series.square, best: mark.best, told: &mark.told });
            }
            svg.add(format_args!("</g>"));
        }
        svg.finish()
    }
}

impl Page {
    /// The small plots, each below its title.
    pub(crate) fn panels(&mut self, panels: &Panels) {
        let mut html = String::from("<div class=\"panels\">\n");
        for (index, panel) in panels.plots.iter().enumerate() {
            let (title, svg) = (escape(&panel.title), panels.svg(index));
            write!(html, "<figure class=\"panel\"><h3>{title}</h3>\n{svg}</figure>\n").expect("text grows");
        }
        self.add(format_args!("{html}</div>"));
    }

    /// What shapes and colours mean: a name for each, drawn as the dots of this series.
    pub(crate) fn key(&mut self, series: &[Series]) {
        let item = |series: &Series| {
            let (class, name) = (series.colour(), escape(&series.name));
            let hollow = if series.hollow { " hollow" } else { "" };
            let shape = if series.square {
                format!("<rect class=\"dot{hollow}\" x=\"1\" y=\"1\" width=\"9\" height=\"9\"/>")
            } else {
                format!("<circle class=\"dot{hollow}\" cx=\"5.5\" cy=\"5.5\" r=\"4.5\"/>")
            };
            format!(
                "<li class=\"{class}\"><svg width=\"11\" height=\"11\" aria-hidden=\"true\">{shape}</svg>{name}</li>\n"
            )
        };
        let items: String = series.iter().map(item).collect();
        self.add(format_args!("<ul class=\"key\">\n{items}</ul>"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, place: (usize, usize), points: &[(f64, f64)]) -> Series {
        let mark = |(x, y): &(f64, f64)| Mark {
            x: *x,
            y: *y,
            range: (y * 0.9, y * 1.1),
            told: format!("<{name}> at {x}"),
            best: *y > 2.9,
            faint: *y < 1.0,
        };
        let marks = points.iter().map(mark).collect();
        Series { name: name.into(), place, square: false, hollow: false, marks }
    }

    fn panels() -> Panels {
        let lines =
            vec![series("a", (0, 2), &[(1.0, 0.5), (8.0, 3.0)]), series("b", (1, 2), &[(1.0, 1.0), (8.0, 2.95)])];
        let plots = vec![Panel { title: "write, <direct>".into(), series: lines }];
        let scale = Scale::of_rates([3.0]);
        Panels { id: "rates", x: "depth", settings: vec![1.0, 8.0], scale, highest: 3.0, plots }
    }

    #[test]
    fn every_point_is_drawn_and_told_of_and_the_best_has_a_ring() {
        let mut page = Page::new("t", "u");
        page.panels(&panels());
        let html = page.finish();
        assert_eq!(html.matches("<g class=\"told\">").count(), 4);
        assert_eq!((html.matches("class=\"best\"").count(), html.matches("class=\"whisker\"").count()), (2, 4));
        assert_eq!((html.matches("class=\"join\"").count(), html.matches("dot faint").count()), (2, 1));
        assert!(html.contains("&lt;a&gt; at 8") && html.contains("write, &lt;direct&gt;"), "{html}");
        assert!(html.contains("name c0\">a<") && html.contains("name c6\">b<"), "{html}");
    }

    #[test]
    fn names_that_would_cover_each_other_move_apart() {
        assert_eq!(apart(&[50.0, 52.0, 10.0], 100.0), [50.0, 64.0, 10.0]);
        assert_eq!(apart(&[98.0, 99.0], 100.0), [86.0, 100.0]);
    }

    #[test]
    fn one_setting_alone_stands_in_the_middle() {
        let one = Panels { settings: vec![4.0], ..panels() };
        assert!((one.across(4.0) - 0.5).abs() < 1e-9);
        assert!((panels().across(1.0) - FIRST).abs() < 1e-9 && (panels().across(8.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_single_point_has_axes() {
        let (x, y) = (("rate", Scale::of_rates([2.0])), ("p99", Scale::of_times([5.0])));
        let scatter = Scatter { id: "s", title: "<t>".into(), x, y, series: vec![series("a", (0, 1), &[(2.0, 5.0)])] };
        let svg = scatter.svg();
        assert!(
            !svg.contains("NaN") && !svg.contains("inf") && svg.matches("<g class=\"told\">").count() == 1,
            "{svg}"
        );
    }
}
