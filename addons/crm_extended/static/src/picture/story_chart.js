import {
    Component,
    onWillStart,
    onWillUpdateProps,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;

/** How a customer developed: value as bars, visits and satisfaction as lines. */
export class StoryChart extends Component {
    static template = "crm_extended.StoryChart";
    static props = {partnerId: Number, whole: {type: Boolean}};

    setup() {
        this.orm = useService("orm");
        this.canvas = useRef("canvas");
        this.state = useState({story: null});
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
        onWillUpdateProps((next) => this.load(next));
        useEffect(
            () => this.draw(),
            () => [this.state.story]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    async load({partnerId, whole} = this.props) {
        this.state.story = await this.orm.silent.call(
            "crm.picture",
            "story",
            [partnerId],
            {whole}
        );
    }

    get isEmpty() {
        const {value, visits, contacts} = this.state.story;
        return ![...value, ...visits, ...contacts].some(Boolean);
    }

    draw() {
        this.chart?.destroy();
        if (this.canvas.el && !this.isEmpty) {
            this.chart = new Chart(this.canvas.el, this.config);
        }
    }

    get config() {
        const {story} = this.state;
        const style = getComputedStyle(this.canvas.el);
        const colour = (name, other) => style.getPropertyValue(name).trim() || other;
        const text = colour("--o-picture-soft", "#6c757d");
        const line = (label, data, color, axis) => ({
            type: "line",
            label,
            data,
            yAxisID: axis,
            borderColor: color,
            backgroundColor: color,
            borderWidth: 2,
            pointRadius: 2,
            cubicInterpolationMode: "monotone",
            spanGaps: true,
        });
        const datasets = [
            line(_t("Visits"), story.visits, colour("--o-picture-visit", "#e6a23c"), "yCount"),
        ];
        const green = colour("--o-picture-good", "#2e9e6b");
        const isRated = Boolean(story.satisfaction?.some(Boolean));
        if (isRated) {
            const means = story.satisfaction.map((mean) => mean || null);
            datasets.push(line(_t("Satisfaction (of 5)"), means, green, "yRate"));
        }
        datasets.push({
            type: "bar",
            label: _t("Value (%s)", story.currency),
            data: story.value,
            yAxisID: "y",
            backgroundColor: colour("--o-picture-bar", "#c9bfd9"),
            borderRadius: 3,
        });
        const axis = (position, options) => ({
            position,
            beginAtZero: true,
            grid: {drawOnChartArea: position === "left"},
            ticks: {color: text, maxTicksLimit: 4, ...options},
        });
        return {
            data: {
                labels: story.months.map((month) =>
                    DateTime.fromISO(month).toLocaleString({month: "short", year: "2-digit"})
                ),
                datasets,
            },
            options: {
                maintainAspectRatio: false,
                interaction: {mode: "index", intersect: false},
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {color: text, boxWidth: 10, boxHeight: 10},
                    },
                },
                scales: {
                    x: {
                        grid: {display: false},
                        ticks: {color: text, maxRotation: 0, autoSkipPadding: 16},
                    },
                    y: axis("left"),
                    yCount: axis("right", {precision: 0}),
                    yRate: {
                        // on a phone the label and the tooltip have to do
                        display: isRated && this.canvas.el.parentElement.clientWidth > 500,
                        position: "right",
                        min: 0,
                        max: 5.2,
                        grid: {drawOnChartArea: false},
                        ticks: {color: green, stepSize: 1, includeBounds: false},
                    },
                },
            },
        };
    }
}
