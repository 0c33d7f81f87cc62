//! Pictures: the paths of administrators, and the distribution of scores.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use rules_core::score::Score;

use crate::output::context::{Administrator, Hop};
use crate::output::posture::plural;
use crate::output::row::shown_name;

/// How many principals of one path are drawn, and how many paths.
const PER_PATH: usize = 5;
const PATHS: usize = 12;

const BOX_WIDTH: usize = 190;
const BOX_HEIGHT: usize = 26;
const COLUMN: usize = 250;
const ROW: usize = 36;
/// How many characters of a name a box holds.
const FITS: usize = 24;

/// Something on the map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    column: usize,
    kind: &'static str,
    name: String,
}

/// A map from principals over groups and policies, or the steps of an escalation, to everything.
pub(super) fn paths(administrators: &[Administrator]) -> Markup {
    let mut by_path: BTreeMap<&[Hop], Vec<&Administrator>> = BTreeMap::new();
    for one in administrators {
        by_path.entry(&one.path).or_default().push(one);
    }
    let mut by_path: Vec<(&[Hop], Vec<&Administrator>)> = by_path.into_iter().collect();
    // Paths of more principals first; paths of equally many stay in the order of their names.
    by_path.sort_by_key(|(_, principals)| std::cmp::Reverse(principals.len()));
    let left_out = by_path.len().saturating_sub(PATHS);
    let last = by_path.iter().take(PATHS).flat_map(|(path, _)| columns(path)).max();
    let everything = Node { column: last.unwrap_or(0) + 1, kind: "", name: "everything".to_owned() };
    let mut nodes: Vec<Node> = Vec::new();
    let mut edges: BTreeSet<(Node, Node)> = BTreeSet::new();
    for (path, principals) in by_path.iter().take(PATHS) {
        let mut starts: Vec<Node> = principals
            .iter()
            .take(PER_PATH)
            .map(|one| Node { column: 0, kind: one.kind, name: shown_name(&one.name) })
            .collect();
        if let Some(more @ 1..) = principals.len().checked_sub(PER_PATH) {
            let first = path.first().map(|hop| shown_name(&hop.name)).unwrap_or_default();
            starts.push(Node { column: 0, kind: "", name: format!("{more} more by {first}") });
        }
        let node = |(column, hop): (usize, &Hop)| Node { column, kind: hop.kind, name: shown_name(&hop.name) };
        let hops = columns(path).into_iter().zip(*path).map(node);
        let way: Vec<Node> = hops.chain([everything.clone()]).collect();
        if let Some(first) = way.first() {
            edges.extend(starts.iter().map(|start| (start.clone(), first.clone())));
        }
        edges.extend(way.iter().zip(way.iter().skip(1)).map(|(from, to)| (from.clone(), to.clone())));
        nodes.extend(starts);
        nodes.extend(way);
    }
    let places = place(&nodes, &edges);
    let height = places.values().max().copied().unwrap_or(0) + ROW;
    let width = everything.column * COLUMN + BOX_WIDTH + 2;
    let label = format!("How {} become administrators", plural(administrators.len(), "administrator"));
    html! {
        figure class="map" {
            figcaption { (label) @if left_out > 0 { ", the " (PATHS) " paths of most of them; the list has all" } }
            div class="scroll" tabindex="0" role="region" aria-label="Map of paths" {
                svg role="img" aria-label=(label) viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) {
                    @for (from, to) in &edges { (edge(from, to, &places)) }
                    @for (node, y) in &places { (drawn(node, *y)) }
                }
            }
        }
    }
}

/// Where the hops of a path stand: groups before policies, whether there is a group or not; the steps of an escalation one after
/// the other.
fn columns(path: &[Hop]) -> Vec<usize> {
    let fixed = |hop: &Hop| ["group", "policy"].iter().position(|kind| *kind == hop.kind).map(|index| index + 1);
    let fixed: Option<Vec<usize>> = path.iter().map(fixed).collect();
    fixed.unwrap_or_else(|| (1..=path.len()).collect())
}

/// How far down each node is: principals one below the other, the rest at the middle of what leads to it.
fn place(nodes: &[Node], edges: &BTreeSet<(Node, Node)>) -> BTreeMap<Node, usize> {
    let mut places: BTreeMap<Node, usize> = BTreeMap::new();
    let mut next = 0;
    for node in nodes.iter().filter(|node| node.column == 0) {
        places.entry(node.clone()).or_insert_with(|| {
            next += ROW;
            next - ROW
        });
    }
    let columns: BTreeSet<usize> = nodes.iter().map(|node| node.column).filter(|column| *column > 0).collect();
    for column in columns {
        let own: BTreeSet<&Node> = nodes.iter().filter(|node| node.column == column).collect();
        let middle = |node: &Node| {
            let before: Vec<usize> =
                edges.iter().filter(|(_, to)| to == node).filter_map(|(from, _)| places.get(from).copied()).collect();
            before.iter().sum::<usize>() / before.len().max(1)
        };
        let mut wanted: Vec<(usize, &Node)> = own.into_iter().map(|node| (middle(node), node)).collect();
        wanted.sort();
        let mut free = 0;
        let placed: Vec<(Node, usize)> = wanted
            .into_iter()
            .map(|(middle, node)| {
                let y = middle.max(free);
                free = y + ROW;
                (node.clone(), y)
            })
            .collect();
        places.extend(placed);
    }
    places
}

fn edge(from: &Node, to: &Node, places: &BTreeMap<Node, usize>) -> Markup {
    let (Some(start), Some(end)) = (places.get(from), places.get(to)) else { return html! {} };
    let (x1, y1) = (from.column * COLUMN + BOX_WIDTH + 1, start + BOX_HEIGHT / 2 + 1);
    let (x2, y2) = (to.column * COLUMN + 1, end + BOX_HEIGHT / 2 + 1);
    let middle = (x1 + x2) / 2;
    html! { path class="edge" d=(format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}")) {} }
}

fn drawn(node: &Node, y: usize) -> Markup {
    let full = format!("{} {}", node.kind, node.name).trim().to_owned();
    // What a step is done to says more than its path, and there is no place for both.
    let is_step = !matches!(node.kind, "" | "user" | "role" | "group" | "policy");
    let label = if is_step { &node.name } else { &full };
    let text = match label.char_indices().nth(FITS) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label.clone(),
    };
    let class = if node.name == "everything" && node.kind.is_empty() { "node everything" } else { "node" };
    let x = node.column * COLUMN + 1;
    html! {
        g class=(class) {
            title { (full) }
            rect x=(x) y=(y + 1) width=(BOX_WIDTH) height=(BOX_HEIGHT) rx="4" {}
            text x=(x + 8) y=(y + BOX_HEIGHT / 2 + 6) { (text) }
        }
    }
}

/// How many scores there are of each ten points.
pub(super) fn distribution(title: &str, scores: &[Score]) -> Markup {
    const BARS: usize = 10;
    const HIGHEST: usize = 80;
    let mut counts = [0_usize; BARS];
    for score in scores {
        let bar = usize::from(score.tenths() / 100).min(BARS - 1);
        if let Some(count) = counts.get_mut(bar) {
            *count += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    let name =
        |bar: usize| if bar + 1 == BARS { "90-100".to_owned() } else { format!("{}-{}", bar * 10, bar * 10 + 9) };
    let words: Vec<String> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(bar, count)| format!("{count} from {}", name(bar)))
        .collect();
    let label = format!("Scores of {} {}: {}", scores.len(), title.to_lowercase(), words.join(", "));
    html! {
        figure class="distribution" {
            figcaption { "How the lowest scores of " (scores.len()) " are distributed: 0 allows everything, 100 nothing" }
            div class="scroll" tabindex="0" role="region" aria-label={ "Distribution of scores: " (title.to_lowercase()) } {
                svg role="img" aria-label=(label) viewBox="0 0 560 126" width="560" height="126" {
                    @for (bar, count) in counts.iter().enumerate() {
                        @let height = if *count == 0 { 0 } else { (count * HIGHEST / most).max(2) };
                        @let x = bar * 56;
                        rect class=(if bar < 4 { "bar low" } else { "bar" }) x=(x + 4) y=(100 - height) width="48" height=(height) {}
                        @if *count > 0 { text class="middle" x=(x + 28) y=(95 - height) { (count) } }
                        text class="middle" x=(x + 28) y="118" { (name(bar)) }
                    }
                }
            }
        }
    }
}
