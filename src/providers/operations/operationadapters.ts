// The native operations by the adapter names of the rows.
import type { Adapter } from "../adapter.ts"
import type { OperationName } from "../adapternames.ts"
import { bedrockEmbed, bedrockImage, bedrockRerank } from "./bedrock.ts"
import { cartesiaSpeech, cartesiaTranscription } from "./cartesia.ts"
import { cohereEmbed, cohereTranscription } from "./cohere.ts"
import { cohereChat } from "./coherechat.ts"
import { deepgramSpeech, deepgramTranscription } from "./deepgram.ts"
import { elevenlabsSpeech, elevenlabsTranscription } from "./elevenlabs.ts"
import { fishaudioSpeech, fishaudioTranscription } from "./fishaudio.ts"
import { geminiEmbed, geminiImage, vertexEmbed, vertexImage } from "./google.ts"
import { geminiSpeech, geminiTranscription, vertexSpeech, vertexTranscription } from "./googlesound.ts"
import { humeSpeech } from "./hume.ts"
import { ideogramImage } from "./ideogram.ts"
import { lmntSpeech } from "./lmnt.ts"
import { mistralSpeech, mistralTranscription } from "./mistral.ts"
import { type Operation, operationAdapter } from "./operation.ts"
import { cohereRerank, fireworksRerank, vertexRerank, voyageRerank } from "./reranking.ts"
import { runwareImage } from "./runware.ts"
import { siliconflowImage } from "./siliconflow.ts"
import { stabilityImage } from "./stability.ts"
import { togetherImage } from "./together.ts"

export const operations = {
  "bedrock-embed": bedrockEmbed,
  "bedrock-image": bedrockImage,
  "bedrock-rerank": bedrockRerank,
  "cartesia-speech": cartesiaSpeech,
  "cartesia-transcription": cartesiaTranscription,
  "cohere-chat": cohereChat,
  "cohere-embed": cohereEmbed,
  "cohere-rerank": cohereRerank,
  "cohere-transcription": cohereTranscription,
  "deepgram-speech": deepgramSpeech,
  "deepgram-transcription": deepgramTranscription,
  "elevenlabs-speech": elevenlabsSpeech,
  "elevenlabs-transcription": elevenlabsTranscription,
  "fireworks-rerank": fireworksRerank,
  "fishaudio-speech": fishaudioSpeech,
  "fishaudio-transcription": fishaudioTranscription,
  "gemini-embed": geminiEmbed,
  "gemini-image": geminiImage,
  "gemini-speech": geminiSpeech,
  "gemini-transcription": geminiTranscription,
  "hume-speech": humeSpeech,
  "ideogram-image": ideogramImage,
  "lmnt-speech": lmntSpeech,
  "mistral-speech": mistralSpeech,
  "mistral-transcription": mistralTranscription,
  "runware-image": runwareImage,
  "siliconflow-image": siliconflowImage,
  "stability-image": stabilityImage,
  "together-image": togetherImage,
  "vertex-embed": vertexEmbed,
  "vertex-image": vertexImage,
  "vertex-rerank": vertexRerank,
  "vertex-speech": vertexSpeech,
  "vertex-transcription": vertexTranscription,
  "voyage-rerank": voyageRerank,
} satisfies Record<OperationName, Operation> as Readonly<Record<OperationName, Operation>>

/** @throws where no operation has this name */
export function getOperation(name: OperationName): Operation {
  const operation = operations[name]
  if (!operation) throw new Error(`there is no operation ${name}`)
  return operation
}

export const operationAdapters = Object.fromEntries(
  Object.entries(operations).map(([name, operation]) => [name, operationAdapter(operation)]),
) as Record<OperationName, Adapter>
