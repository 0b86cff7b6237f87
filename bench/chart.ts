// Draws what the programs do beside each other as an SVG, with colours that can be read on light and on dark pages.
import { BarChart } from "echarts/charts"
import { GridComponent, TitleComponent } from "echarts/components"
import { init, use } from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import type { Result } from "./results.ts"
import { type Figure, type FigureName, figureNames, figureText, type Kind } from "./table.ts"

const WIDTH = 860
const COLUMNS = 2
const LABEL_WIDTH = 178
const VALUE_WIDTH = 70
const BAR_HEIGHT = 22
const TITLE_HEIGHT = 44
/** GitHub's own: halfway between the backgrounds of its themes. */
const TEXT = "#7d8590"
const colours: Record<Kind, string> = { gateway: "#2da44e", peer: "#8c7ae6", floor: "#9aa4ae" }

/** Pairs stand side by side; a pair without figures is left out. */
const panels: [FigureName, FigureName][] = [
  ["submits", "jobs"],
  ["submitP50", "submitP99"],
  ["callP50", "callP99"],
  ["worked", "recovery"],
]

interface Panel {
  name: FigureName
  figures: Figure[]
  left: number
  top: number
}

export function renderChart(result: Pick<Result, "figures">): string {
  use([BarChart, GridComponent, TitleComponent, SVGRenderer])
  const { placed, height } = place(result.figures)
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: "sans-serif", color: TEXT },
    title: placed.map(({ name, left, top }) => ({
      text: `${figureNames[name]}, ${isRate(name) ? "more" : "less"} is better`,
      left,
      top: top + 8,
      textStyle: { fontSize: 13, color: TEXT },
    })),
    grid: placed.map(({ figures, left, top }) => ({
      left: left + LABEL_WIDTH,
      top: top + TITLE_HEIGHT - 8,
      width: WIDTH / COLUMNS - LABEL_WIDTH - VALUE_WIDTH,
      height: figures.length * BAR_HEIGHT,
    })),
    xAxis: placed.map((_, gridIndex) => ({ type: "value", gridIndex, show: false })),
    yAxis: placed.map(({ figures }, gridIndex) => ({
      type: "category",
      gridIndex,
      inverse: true,
      data: figures.map(({ program }) => program),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: TEXT, fontSize: 11, width: LABEL_WIDTH - 12, overflow: "truncate" },
    })),
    series: placed.map(({ figures }, index) => ({
      type: "bar",
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: BAR_HEIGHT - 8,
      data: figures.map((figure) => ({
        value: figure.measured,
        itemStyle: { color: colours[figure.kind] },
        label: { show: true, position: "right", color: TEXT, fontSize: 11, formatter: figureText(figure) },
      })),
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

/** Where each panel lies, and how high the chart becomes. */
function place(figures: Figure[]): { placed: Panel[]; height: number } {
  const placed: Panel[] = []
  let top = 0
  for (const pair of panels) {
    const row = pair
      .map((name) => ({ name, figures: sorted(figures.filter((figure) => figure.name === name)) }))
      .filter((panel) => panel.figures.length > 0)
    placed.push(...row.map((panel, column) => ({ ...panel, left: (column * WIDTH) / COLUMNS, top })))
    const most = Math.max(0, ...row.map((panel) => panel.figures.length))
    top += most === 0 ? 0 : TITLE_HEIGHT + most * BAR_HEIGHT
  }
  return { placed, height: top }
}

/** The best first. */
function sorted(figures: Figure[]): Figure[] {
  return figures.toSorted((a, b) => (isRate(a.name) ? b.measured - a.measured : a.measured - b.measured))
}

function isRate(name: FigureName): boolean {
  return name === "submits" || name === "worked" || name === "jobs"
}
