//! A drawing as SVG inside HTML, as wide as there is room: places across are shares of the width, while heights, text and
//! strokes keep their size in pixels, so that text stays readable in a narrow window.

use std::fmt::Write as _;

use super::page::escape;

/// Units of a part that is stretched to the width of the drawing.
const STRETCHED: f64 = 1000.0;

/// A drawing with names for those who do not see it.
pub(super) struct Svg {
    text: String,
    height: f64,
}

/// A place across the drawing.
#[derive(Clone, Copy)]
pub(super) enum X {
    /// Share of the width, 0 to 1.
    At(f64),
    /// Pixels left of the beginning of the drawing, where labels of rows and of the upright axis stand.
    Before(f64),
    /// Pixels right of its end.
    After(f64),
}

impl X {
    /// The attributes that put a text there.
    fn attributes(self) -> String {
        match self {
            Self::At(share) => format!("x=\"{}\"", percent(share)),
            Self::Before(pixels) => format!("x=\"{:.1}\"", -pixels),
            Self::After(pixels) => format!("x=\"100%\" dx=\"{pixels:.1}\""),
        }
    }
}

/// A dot, and what is told of it, in lines.
pub(super) struct Dot<'a> {
    pub(super) at: (f64, f64),
    pub(super) class: &'a str,
    pub(super) square: bool,
    /// Whether it has a ring around it.
    pub(super) best: bool,
    pub(super) told: &'a str,
}

impl Svg {
    /// `id` is a word that no other drawing of the page has; `class` says how much room there is for labels (`page.css`).
    pub(super) fn new(id: &str, class: &str, height: f64, title: &str, description: &str) -> Self {
        let (id, title, description) = (escape(id), escape(title), escape(description));
        Self {
            height,
            text: format!(
                "<svg class=\"plot {class}\" role=\"img\" width=\"100%\" height=\"{height:.0}\" aria-labelledby=\"{id}-title {id}-text\">\n\
                 <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-text\">{description}</desc>\n"
            ),
        }
    }

    pub(super) fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{element}").expect("text grows");
    }

    /// Text at a place; `anchor` is `start`, `middle` or `end`.
    pub(super) fn label(&mut self, x: X, y: f64, anchor: &str, class: &str, text: &str) {
        let (x, text) = (x.attributes(), escape(text));
        self.add(format_args!("<text {x} y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"));
    }

    /// From and to a share of the width and a height.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ([x1, x2], [y1, y2]) = ([from.0, to.0].map(percent), [from.1, to.1]);
        self.add(format_args!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1:.1}\" x2=\"{x2}\" y2=\"{y2:.1}\"/>"));
    }

    /// A bar that stands on `floor`.
    pub(super) fn bar(&mut self, x: f64, width: f64, (top, floor): (f64, f64), told: &str) {
        let ([x, width], height, told) = ([x, width].map(percent), (floor - top).max(1.0), escape(told));
        self.add(format_args!(
            "<rect class=\"bar\" x=\"{x}\" y=\"{top:.1}\" width=\"{width}\" height=\"{height:.1}\"><title>{told}</title></rect>"
        ));
    }

    /// A dot, with room around it in which the pointer finds what is told.
    pub(super) fn dot(&mut self, dot: &Dot<'_>) {
        let Dot { at: (x, y), class, square, best, told } = *dot;
        let (x, told) = (percent(x), told.lines().map(escape).collect::<Vec<_>>().join("\n"));
        let ring =
            if best { format!("<circle class=\"best\" cx=\"{x}\" cy=\"{y:.1}\" r=\"8\"/>") } else { String::new() };
        let shape = if square {
            let top = y - 3.5;
            format!(
                "<rect class=\"dot {class}\" x=\"{x}\" y=\"{top:.1}\" width=\"7\" height=\"7\" transform=\"translate(-3.5,0)\"/>"
            )
        } else {
            format!("<circle class=\"dot {class}\" cx=\"{x}\" cy=\"{y:.1}\" r=\"3.5\"/>")
        };
        self.add(format_args!(
            "<g class=\"told\"><title>{told}</title>{ring}{shape}<circle class=\"hit\" cx=\"{x}\" cy=\"{y:.1}\" r=\"10\"/></g>"
        ));
    }

    /// An area below a line of shares and heights, and the line.
    pub(super) fn curve(&mut self, points: &[(f64, f64)], floor: f64) {
        let place = |(x, y): &(f64, f64)| format!("{:.1},{y:.1}", x * STRETCHED);
        let line = points.iter().map(place).collect::<Vec<_>>().join(" ");
        let ends = [points.first(), points.last()].map(|end| end.map_or(0.0, |end| end.0 * STRETCHED));
        let ([begin, end], height) = (ends, self.height);
        self.add(format_args!(
            "<svg class=\"stretch\" width=\"100%\" height=\"{height:.0}\" viewBox=\"0 0 {STRETCHED:.0} {height:.0}\" preserveAspectRatio=\"none\">\n\
             <polygon class=\"area\" points=\"{begin:.1},{floor:.1} {line} {end:.1},{floor:.1}\"/>\n\
             <polyline class=\"curve\" points=\"{line}\"/>\n</svg>"
        ));
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_across_are_shares_and_what_is_told_is_text() {
        let mut svg = Svg::new("<id>", "small", 100.0, "A & B", "<b>");
        svg.line("grid", (0.0, 5.0), (1.0, 5.0));
        svg.bar(0.25, 0.5, (99.9, 100.0), "<i>");
        svg.dot(&Dot { at: (0.5, 7.0), class: "c0", square: true, best: true, told: "x < y" });
        svg.curve(&[(0.0, 1.0), (1.0, 2.0)], 90.0);
        svg.label(X::Before(8.0), 3.0, "end", "soft", "<u>");
        let text = svg.finish();
        for part in
            ["x2=\"100.00%\"", "height=\"1.0\"", "&lt;i&gt;", "x &lt; y", "class=\"best\"", "1000.0,2.0", "x=\"-8.0\""]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("<b>") && !text.contains("<u>") && !text.contains("<id>"), "{text}");
    }
}
