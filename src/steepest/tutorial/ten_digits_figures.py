"""The figures of all ten digits: the way there, the confusion, the weights, the probabilities, the missed pictures."""

from typing import Any

import numpy as np

from ..base.text import number
from ..plots import style
from ..plots.confusion import confusion_of
from .charts import BATCH, STOCHASTIC, curve, lead, sheet
from .landscape_figures import mosaic
from .studies import Study
from .ten_digits import MODELS, REST, SOFTMAX, TenDigits, named

__all__ = ["MOST_SHOWN", "confusion", "courses", "missed", "probabilities", "weights"]

COLOUR = dict(zip(MODELS, (BATCH, STOCHASTIC), strict=True))
MOST_SHOWN = 40
"""Missed pictures that are drawn."""
ACROSS = 8
"""Of them in a line."""
COUNTS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
BETWEEN = (3, 7, 15, 30, 70, 150, 300, 700)
"""Ticks of a narrow range, beside those."""


def courses(study: Study) -> Any:
    """f, and the wrong labels of both parts, against passes over the data."""
    ten = study.ten
    figure, axes = sheet(10.0, 4.0, 3)
    rows = ten.split.y_train.size, ten.split.y_test.size
    for place, ax in enumerate(axes[0]):
        style.open_frame(ax)
        handles = []
        for one in ten.runs:
            values = one.f if place == 0 else one.wrong[:, place - 1]
            passes = np.arange(1, len(values))
            dash = "-" if one.kind == "batch" else style.DASHES[1]
            handles.append(curve(ax, passes, values[1:], COLOUR[one.model], dash, one.name))
            ax.plot(passes[-1], values[-1], "o", color=COLOUR[one.model], markersize=5, markeredgecolor="white",
                    zorder=5, clip_on=False)  # fmt: skip
        ax.set_xscale("log")
        most = max(len(one.f) for one in ten.runs)
        ax.set_xlim(0.9, 1.25 * most)
        ax.set_xticks([k for k in (1, 10, 100, 1000) if k <= most], [str(k) for k in (1, 10, 100, 1000) if k <= most])
        ax.set_xlabel("passes over the data (log scale)")
        if place == 0:
            ax.set_yscale("log")
            low, high = (float(edge(one.f[1:])) for edge, one in zip((np.min, np.max), extremes(ten), strict=True))
            ticks = [v for v in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if low / 2 < v < 2 * high]
            ax.set_yticks(ticks, [f"{v:g}" for v in ticks])
            ax.set_ylabel("f, mean loss of a picture")
        else:
            counts = np.concatenate([one.wrong[1:, place - 1] for one in ten.runs])
            few, many = int(counts.min()), max(int(counts.max()), 1)
            if few:
                ax.set_yscale("log")
            else:  # a logarithm has no place for none
                ax.set_yscale("symlog", linthresh=1, linscale=0.5)
            low, high = few / 1.2, 1.2 * many
            ticks = [k for k in COUNTS if low <= k <= high]
            if len(ticks) < 4:
                ticks = sorted({*ticks, *(k for k in BETWEEN if low <= k <= high)})
            ax.set_yticks(ticks, [f"{k:,}" for k in ticks])
            ax.set_ylim(low, high)
            ax.set_ylabel(f"wrong labels of {rows[place - 1]:,}")
        ax.minorticks_off()
        title = ("The loss", "Wrong labels, training", "Wrong labels, test")[place]
        ax.set_title(title, loc="left", fontsize=style.TITLE, fontweight="bold")
    figure.legend(handles=handles, loc="outside upper left", ncols=4, handlelength=2.8)
    return figure


def extremes(ten: TenDigits) -> tuple[Any, Any]:
    """The runs with the least and with the largest f."""
    return min(ten.runs, key=lambda one: one.f[1:].min()), max(ten.runs, key=lambda one: one.f[1:].max())


def confusion(study: Study) -> Any:
    better = study.ten.better
    return confusion_of(study.ten.confusion, range(10), title="What is read as what", note=better.name)


def weights(study: Study) -> Any:
    """Ten weight images of each model, all twenty on one scale, white at zero."""
    chosen = study.ten.chosen
    most = max(float(np.abs(one.images).max()) for one in chosen.values()) or 1.0
    figure, axes = sheet(10.0, 2.85, 10, 2)
    figure.get_layout_engine().set(wspace=0.03, hspace=0.03)
    colours = style.colour_map(style.DIVERGING)
    for place, (line, one) in enumerate(zip(axes, chosen.values(), strict=True)):
        for digit, (ax, image) in enumerate(zip(line, one.images, strict=True)):
            shown = ax.imshow(image, cmap=colours, vmin=-most, vmax=most, interpolation="nearest")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(linewidth=style.HAIR, color=style.MUTED)
            if place == 0:
                ax.set_title(str(digit), fontsize=style.TEXT)
        line[0].set_ylabel(one.model.replace(" the ", "\nthe "), fontsize=style.SMALL)
    bar = figure.colorbar(shown, ax=axes, fraction=0.02, pad=0.015, aspect=26, ticks=[-most, 0, most])
    bar.ax.set_yticklabels([style.typeset(number(v, 2)) for v in (-most, 0, most)], fontsize=style.SMALL)
    bar.outline.set_linewidth(style.HAIR)
    lead(figure, "The weights of each digit", "all twenty pictures on one scale; white is 0")
    return figure


def probabilities(study: Study) -> Any:
    """The sums of ten probabilities over the test pictures, and the picture whose sum is farthest from one."""
    ten = study.ten
    figure, axes = mosaic(10.0, 3.6, [["sums", "picture", "bars"]], width_ratios=(1.15, 0.55, 1.3))
    ax = axes["sums"]
    style.open_frame(ax)
    low, high = np.floor(20 * min(0.9, ten.sums.min())), np.ceil(20 * max(1.1, ten.sums.max()))
    ax.hist(ten.sums, bins=np.arange(low, high + 1) / 20, color=COLOUR[REST], edgecolor="white", linewidth=style.HAIR)
    ax.axvline(1, color=COLOUR[SOFTMAX], linewidth=style.LINE, linestyle=style.DASHES[1])
    ax.set(xlabel="sum of the ten probabilities", ylabel="test pictures")
    style.write_ticks(ax.xaxis)
    style.heading(ax, "One against the rest", "dashed: softmax, every picture")
    picture = int(np.abs(ten.sums - 1).argmax())
    ax = axes["picture"]
    ax.imshow(ten.split.images_test[picture], cmap="gray_r", vmin=0, vmax=16, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(linewidth=style.HAIR, color=style.MUTED)
    ax.set_anchor("N")
    style.heading(ax, named(ten.truth[picture]).capitalize(), "sum farthest from 1")
    ax = axes["bars"]
    style.open_frame(ax)
    for model, shift, hatch in ((SOFTMAX, -0.2, ""), (REST, 0.2, "///")):
        values = ten.probabilities[model][picture]
        look: dict[str, Any] = {"color": COLOUR[model], "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        ax.bar(np.arange(10) + shift, values, 0.38, **look)
    ax.set(xlabel="digit", ylabel="probability", xticks=range(10))
    style.write_ticks(ax.yaxis)
    style.heading(ax, "Its ten probabilities", "plain: softmax; hatched: one against the rest")
    return figure


def missed(study: Study) -> Any:
    """The test pictures that either model reads wrongly, with what each of them says."""
    ten = study.ten
    found = ten.missed[:MOST_SHOWN]
    lines = max(1, -(-len(found) // ACROSS))
    figure, axes = sheet(9.6, 1.62 * lines + 0.62, ACROSS, lines)
    figure.get_layout_engine().set(hspace=0.06)
    for place, ax in enumerate(axes.flat):
        if place >= len(found):
            ax.set_axis_off()
            continue
        at = int(found[place])
        ax.imshow(ten.split.images_test[at], cmap="gray_r", vmin=0, vmax=16, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(linewidth=style.HAIR, color=style.MUTED)
        ax.set_title(named(ten.truth[at]), fontsize=style.TEXT, pad=3)
        for down, (model, word) in enumerate(((SOFTMAX, "softmax"), (REST, "vs rest"))):
            label = int(ten.chosen[model].labels[at])
            right = label == ten.truth[at]
            mark = "\N{CHECK MARK}" if right else "\N{BALLOT X}"
            ax.annotate(
                f"{word} {label} {mark}", (0.5, 0), xycoords="axes fraction", xytext=(0, -3 - 11 * down),
                textcoords="offset points", ha="center", va="top", fontsize=style.SMALL,
                color=style.MUTED if right else style.VERMILLION, fontweight="normal" if right else "bold",
            )  # fmt: skip
    lead(
        figure,
        "Test pictures read wrongly",
        "above: the digit it is; below: what is read by softmax, and by one against the rest",
    )
    return figure
