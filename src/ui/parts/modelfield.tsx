// A field for a model: one of those that the gateway lists for a request type, or any other.
import { useId } from "preact/hooks"
import { useResource } from "../resource.ts"

interface ModelFieldProps {
  requestType: string
  /** `provider/model` */
  value: string
  onInput(model: string): void
  /** The reader has left the field. */
  onChange?(model: string): void
  isDisabled?: boolean
}

export function ModelField({ requestType, value, onInput, onChange, isDisabled = false }: ModelFieldProps) {
  const id = useId()
  const models = useResource<{ data: { id: string; request_types?: string[] }[] }>("/v1/models").data?.data ?? []
  const fitting = models.filter(({ request_types }) => request_types?.includes(requestType) ?? true)
  return (
    <label class="field">
      <span>Model</span>
      <input
        list={id}
        value={value}
        required
        disabled={isDisabled}
        placeholder="provider/model"
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onChange={({ currentTarget }) => onChange?.(currentTarget.value)}
      />
      <datalist id={id}>
        {fitting.map((model) => (
          <option key={model.id} value={model.id} />
        ))}
      </datalist>
    </label>
  )
}
