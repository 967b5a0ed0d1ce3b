//! A plot with two logarithmic axes, as an image that browsers show.

use std::fmt::Write as _;

/// A line of the plot.
#[derive(Debug)]
pub struct Series {
    /// What it is called.
    pub name: &'static str,
    /// Sizes and costs.
    pub points: Vec<(u64, f64)>,
}

/// All lines.
#[derive(Debug)]
pub struct Plot {
    /// What stands above it.
    pub title: &'static str,
    /// The lines.
    pub series: Vec<Series>,
}

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 270.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 40.0;
/// Powers of ten that the axes show: sizes from 1 to a million, costs from 10 ns to 1 µs.
const X: (f64, f64) = (0.0, 6.0);
const Y: (f64, f64) = (1.0, 3.0);
const COLOURS: [&str; 5] = ["#0b62a4", "#c4480f", "#2f7d32", "#7b2d8b", "#8a6d00"];

fn place((x, y): (f64, f64)) -> (f64, f64) {
    let x = LEFT + (x.log10() - X.0) / (X.1 - X.0) * (WIDTH - LEFT - RIGHT);
    let y = HEIGHT - BOTTOM - (y.log10().clamp(Y.0, Y.1) - Y.0) / (Y.1 - Y.0) * (HEIGHT - TOP - BOTTOM);
    (x, y)
}

impl Plot {
    /// The image.
    pub fn to_svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{}</text>\n",
            self.title
        );
        grid(&mut svg);
        for (series, (at, colour)) in self.series.iter().zip(COLOURS.into_iter().enumerate()) {
            let places: Vec<_> =
                series.points.iter().map(|&(size, cost)| place((size as f64, cost))).collect();
            line(&mut svg, &places, colour);
            let y = TOP + 20.0 + 24.0 * at as f64;
            let x = WIDTH - RIGHT + 20.0;
            // Writing to a string does not fail.
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">● {}</text>", series.name);
        }
        svg + "</svg>\n"
    }
}

fn grid(svg: &mut String) {
    for power in X.0 as i32..=X.1 as i32 {
        let (x, y) = place((10_f64.powi(power), 10_f64.powf(Y.0)));
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{y:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y + 18.0,
            10_i64.pow(power as u32)
        );
    }
    for power in Y.0 as i32..=Y.1 as i32 {
        let (x, y) = place((1.0, 10_f64.powi(power)));
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {y:.1}H{:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} ns</text>",
            WIDTH - RIGHT,
            x - 6.0,
            y + 4.0,
            10_i64.pow(power as u32)
        );
    }
}

fn line(svg: &mut String, places: &[(f64, f64)], colour: &str) {
    let path: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let points = path.join(" ");
    let _ =
        writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
    for (x, y) in places {
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
}
