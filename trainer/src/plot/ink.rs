//! Colours and strokes: the colours of Okabe & Ito (*Color Universal Design*, 2008), which people with any of the common
//! kinds of colour blindness can tell apart, less the yellow, which is too faint on white.

/// A colour of the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// For what all else is compared with.
    Black,
    /// For the first of several.
    Blue,
    /// For the second.
    Vermilion,
    /// For the third.
    Green,
    /// For the fourth.
    Purple,
    /// For the fifth.
    Orange,
    /// For the sixth.
    Sky,
    /// For what stands in the background.
    Grey,
}

impl Ink {
    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Black => "#000000",
            Self::Blue => "#0072b2",
            Self::Vermilion => "#d55e00",
            Self::Green => "#009e73",
            Self::Purple => "#cc79a7",
            Self::Orange => "#e69f00",
            Self::Sky => "#56b4e9",
            Self::Grey => "#777777",
        }
    }
}

/// How a line is drawn; curves that could be confused in black and white should differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Without gaps.
    Solid,
    /// Long dashes.
    Dashed,
    /// Short dashes.
    Dotted,
}

impl Stroke {
    /// The SVG attribute that makes the dashes.
    pub(super) fn dashes(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Dashed => " stroke-dasharray=\"7 4\"",
            Self::Dotted => " stroke-dasharray=\"2 3\"",
        }
    }
}
