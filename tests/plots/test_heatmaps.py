"""Heatmaps of benchmarks × models."""

import numpy as np
from figure_checks import HEATMAPS, sample_figure

import visualizations
from hal_analysis.plots import style


def cell_texts(name: str) -> dict[tuple[float, float], str]:
    """Return the text at the centre (row, column) of each cell of a heatmap."""
    axes = visualizations.FIGURES[name]().axes[0]
    return {text.get_position()[::-1]: text.get_text() for text in axes.texts}


def test_cells(project):
    project.write_runs(
        [
            ("b1", "HAL Generalist Agent", "A", 0.25, 1.0, 3.0),
            ("b1", "HAL Generalist Agent", "A", 0.75, 2.0, None),
            ("b1", "HAL Generalist Agent", "B", 0.5, None, None),
            ("b2", "HAL Generalist Agent", "B", 0.5, 4.0, 9.0),
            ("b2", "S", "C", 0.5, 4.0, 9.0),
        ]
    )
    assert cell_texts("heatmaps/generalist_accuracy_heatmap.png") == {
        (0.5, 0.5): "0.50",
        (0.5, 1.5): "0.50",
        (0.5, 2.5): "no runs",
        (1.5, 0.5): "no runs",
        (1.5, 1.5): "0.50",
        (1.5, 2.5): "no runs",
    }
    assert cell_texts("heatmaps/generalist_total_cost_heatmap.png") == {
        (0.5, 0.5): "1.50",
        (0.5, 1.5): "n/a",
        (0.5, 2.5): "no runs",
        (1.5, 0.5): "no runs",
        (1.5, 1.5): "4.00",
        (1.5, 2.5): "no runs",
    }
    assert cell_texts("heatmaps/task_specific_mean_latency_heatmap.png") == {
        (0.5, 0.5): "no runs",
        (0.5, 1.5): "no runs",
        (0.5, 2.5): "9.00",
    }


def test_one_outlier_does_not_hide_the_differences_of_the_rest(project):
    costs = [0, 0.001, 1, 2, 4, 10_000]
    project.write_runs([("b", "S", f"m{n}", 0.5, cost, 1) for n, cost in enumerate(costs)])
    project.configure(ZERO_COST_IS_UNKNOWN=False)
    figure = visualizations.FIGURES["heatmaps/task_specific_total_cost_heatmap.png"]()
    figure.draw_without_rendering()
    axes = figure.axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["0", "0.00100", "1.00", "2.00", "4.00", "10,000"]
    faces = axes.collections[0].get_facecolor()
    # Logarithmic from 0.001 to 10,000: 1 is at 3/7 of the scale; 0 has the palest colour.
    expected = [style.CELL_COLORS(position) for position in (0.0, 0.0, 3 / 7)]
    assert np.abs(np.array(faces[:3]) - expected).max() < 1e-9
    assert np.abs(np.array(faces[5]) - style.CELL_COLORS(1.0)).max() < 1e-9


def test_models_have_the_same_order_in_all_heatmaps(sample_project):
    orders = set()
    for name in HEATMAPS:
        labels = sample_figure(sample_project, name).axes[0].get_xticklabels()
        orders.add(tuple(label.get_text() for label in labels))
    (order,) = orders
    assert sorted(order) == sorted(
        set(sample_project.table("cleaned_all_metrics.csv").model_name_short)
    )
