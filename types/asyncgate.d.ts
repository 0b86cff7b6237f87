// What goes to asyncgate and comes from it, made from its API document by `bun run types`. Not to be edited.
export interface paths {
    "/v1/async/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: text completion
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitTextCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/completions/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: text completion
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollTextCompletion"];
        put?: never;
        post?: never;
        /**
         * Delete a job: text completion
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteTextCompletion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/completions/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: text completion
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelTextCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: chat completion
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/chat/completions/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: chat completion
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollChatCompletion"];
        put?: never;
        post?: never;
        /**
         * Delete a job: chat completion
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteChatCompletion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/chat/completions/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: chat completion
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: response
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitResponses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/responses/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: response
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollResponses"];
        put?: never;
        post?: never;
        /**
         * Delete a job: response
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteResponses"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/responses/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: response
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelResponses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/input_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: count of tokens
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitCountTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/input_tokens/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: count of tokens
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollCountTokens"];
        put?: never;
        post?: never;
        /**
         * Delete a job: count of tokens
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteCountTokens"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/input_tokens/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: count of tokens
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelCountTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: embedding
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitEmbedding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/embeddings/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: embedding
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollEmbedding"];
        put?: never;
        post?: never;
        /**
         * Delete a job: embedding
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteEmbedding"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/embeddings/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: embedding
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelEmbedding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/audio/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: speech
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitSpeech"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/audio/speech/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: speech
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollSpeech"];
        put?: never;
        post?: never;
        /**
         * Delete a job: speech
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteSpeech"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/audio/speech/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: speech
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelSpeech"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/audio/transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: transcription
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitTranscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/audio/transcriptions/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: transcription
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollTranscription"];
        put?: never;
        post?: never;
        /**
         * Delete a job: transcription
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteTranscription"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/audio/transcriptions/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: transcription
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelTranscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: image generation
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitImageGeneration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/generations/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: image generation
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollImageGeneration"];
        put?: never;
        post?: never;
        /**
         * Delete a job: image generation
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteImageGeneration"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/generations/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: image generation
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelImageGeneration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: image edit
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitImageEdit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/edits/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: image edit
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollImageEdit"];
        put?: never;
        post?: never;
        /**
         * Delete a job: image edit
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteImageEdit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/edits/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: image edit
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelImageEdit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/variations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: image variation
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitImageVariation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/variations/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: image variation
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollImageVariation"];
        put?: never;
        post?: never;
        /**
         * Delete a job: image variation
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteImageVariation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/images/variations/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: image variation
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelImageVariation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: rerank
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitRerank"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/rerank/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: rerank
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollRerank"];
        put?: never;
        post?: never;
        /**
         * Delete a job: rerank
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteRerank"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/rerank/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: rerank
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelRerank"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/ocr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit a job: OCR
         * @description Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.
         *
         *     A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.
         */
        post: operations["submitOcr"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/ocr/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Collect a job: OCR
         * @description The current state of the job. After its end it is kept for its time to live.
         */
        get: operations["pollOcr"];
        put?: never;
        post?: never;
        /**
         * Delete a job: OCR
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteOcr"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/ocr/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: OCR
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelOcr"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: text completion
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callTextCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: chat completion
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: response
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callResponses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/input_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: count of tokens
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callCountTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: embedding
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callEmbedding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: speech
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callSpeech"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: transcription
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callTranscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: image generation
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callImageGeneration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: image edit
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callImageEdit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/variations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: image variation
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callImageVariation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: rerank
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callRerank"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ocr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call and wait: OCR
         * @description The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.
         */
        post: operations["callOcr"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your jobs
         * @description The jobs of the key that is sent, newest first and without their results; without a key those that no key owns; with the admin token those of all callers. All filters must match. A page looks at 2,500 jobs at most: where few of them match it can have fewer than `limit`, or none, and still a next one.
         */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel all or some of your jobs
         * @description Cancels the jobs that a list would show and that have not ended: all of them, or those that match every parameter.
         */
        post: operations["cancelJobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a job of any type
         * @description The job as a poll shows it, with its details: its attempts, their usage, its position in the queue.
         */
        get: operations["viewJob"];
        put?: never;
        post?: never;
        /**
         * Delete a job: of any type
         * @description Cancels the job if it has not ended, and removes it with its request and its result.
         */
        delete: operations["deleteJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a job's audio or image
         * @description The bytes of a speech result or of one image, with their own media type.
         */
        get: operations["contentOfJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a job's result
         * @description The `result` of a completed job alone, whole or a range of its bytes.
         */
        get: operations["resultOfJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a job's request
         * @description The request as it is stored: JSON byte for byte as it was sent. Of a form its fields and what files it has; `file` asks for the bytes of one.
         */
        get: operations["requestOfJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a job: of any type
         * @description What has happened and what happens until the end, as server-sent events: `job.queued`, `job.started` and `job.retrying` of each attempt, the `job.delta` of a response in the background that is streamed, and `job.completed`, `job.failed` or `job.cancelled`, after which the stream ends. Each has an `id`; a reader that connects again with it goes on after that one, also after a restart. `heartbeat` comes every 15 seconds without events, and has no id. The result is not in it.
         */
        get: operations["followJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a job with the same request
         * @description A new job for the same owner, with the stored request of this one, its type, fallbacks, priority, time to live and time to its deadline; headers of a submit say otherwise. Keys and headers that the caller sent for the provider are not kept and must be sent again. With the admin's token the job is made for its owner, whose budgets count.
         */
        post: operations["replayJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: of any type
         * @description Cancels a job that has not ended, and aborts its call. A job that has ended does not change.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your bulk operations
         * @description The operations of the key that is sent, or with the admin token those of all callers.
         */
        get: operations["listBulkOperations"];
        put?: never;
        /**
         * Cancel, delete or retry all jobs that match a filter
         * @description Changes exactly the jobs that a list with this filter shows at the moment of the request: none that is accepted later, and none that begins to match later. A job that has ended, changed or gone before its turn, so that it does not match any more, is skipped. A retry goes through all checks and limits of a submit, waits where one of them passes, and never retries a job twice. With `count_only` the jobs are only counted. The operation goes on after the response; a restart of the gateway ends it, and what it has done stays done.
         */
        post: operations["startBulkOperation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/bulk/{bulk_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a bulk operation */
        get: operations["showBulkOperation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/bulk/{bulk_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Abort a bulk operation
         * @description No further job is changed. One that has ended does not change.
         */
        post: operations["abortBulkOperation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whom the gateway takes you for
         * @description The kind of the caller, its virtual key with its limits, and what it may do.
         */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened in the last ten minutes or the last day
         * @description Accepted and ended jobs with their times, step by step, the jobs that have not ended, and the condition of the gateway: of all callers, so that it is the operator's, as `/metrics` is.
         */
        get: operations["stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why jobs wait
         * @description Each lane of queued jobs with what holds it back and until when, and the providers' rate limits: of the key that is sent, with the admin token of all callers.
         */
        get: operations["queues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow your jobs
         * @description A stream of server-sent events, at most four in a second. `event: change` has the data of `JobChange`: which jobs of the same filter as a list's have changed. The first comes at once; from then on no change is missed. A comment comes every 15 seconds without events. With `reload`, ask for the list again: more has changed than can be named, or the filter is `min_cost`, `origin` or `batch`, of which the events know nothing. Jobs that expire are not told. The stream ends when the key that was sent does not count any more, and when the gateway stops.
         */
        get: operations["followJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was used by day
         * @description Calls, tokens and costs of your jobs by the days of UTC on which the calls ended, kept for 400 days, also when the jobs are deleted; with the admin token those of all callers. Of an owner a day tells 100 models apart, and further ones are `other`. And what is left of the budgets.
         */
        get: operations["usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List providers
         * @description The providers that can be called, with their keys by name, what is in flight, and how their calls ended last.
         */
        get: operations["listProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/virtual-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List virtual keys
         * @description Those of config.json and those that the command line or this API made, without their values.
         */
        get: operations["listVirtualKeys"];
        put?: never;
        /**
         * Make a virtual key
         * @description The value is in this response and nowhere else: only its digest is kept.
         */
        post: operations["makeVirtualKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/async/virtual-keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** View a virtual key */
        get: operations["viewVirtualKey"];
        put?: never;
        /**
         * Change a virtual key
         * @description Changes the members that are sent; null removes a limit. Jobs that run go on. A key of config.json is changed there.
         */
        post: operations["changeVirtualKey"];
        /**
         * Revoke a virtual key
         * @description Nothing is accepted with it any more. Jobs that were accepted with it still end.
         */
        delete: operations["revokeVirtualKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your files */
        get: operations["listFiles"];
        put?: never;
        /**
         * Upload a file
         * @description The file is on the disk before the response. One of the purpose `batch` is kept for 30 days.
         */
        post: operations["uploadFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{file_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** View a file */
        get: operations["viewFile"];
        put?: never;
        post?: never;
        /**
         * Delete a file
         * @description The input of a batch that has not ended is not deleted.
         */
        delete: operations["deleteFile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{file_id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file */
        get: operations["downloadFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your batches */
        get: operations["listBatches"];
        put?: never;
        /**
         * Create a batch
         * @description Every line of the file becomes a job, whatever its provider. Lines that cannot be read make the batch fail, and its `errors` name them.
         */
        post: operations["createBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a batch
         * @description A batch is kept for 30 days after its end.
         */
        get: operations["viewBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch_id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View the results of a batch
         * @description The lines of its output file, then those of its error file, in one object, as Bifrost answers it.
         */
        get: operations["viewBatchResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a batch
         * @description Jobs that run get ten seconds to end. What is answered until then is in the output file.
         */
        post: operations["cancelBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a response
         * @description As it stands. With `stream=true` its events follow until its end, from the first or after the one that `starting_after` names, as long as it is kept. A synchronous call's response is found by the id of its job, from the header `x-job-id`.
         */
        get: operations["retrieveResponse"];
        put?: never;
        post?: never;
        /**
         * Delete a response
         * @description One that has not ended is cancelled.
         */
        delete: operations["deleteResponse"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}/input_items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the input of a response
         * @description Of one that continues another, all that came before is its input too.
         */
        get: operations["listInputItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a response
         * @description Only one that was asked for with `background: true`. One that has ended does not change.
         */
        post: operations["cancelResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a conversation
         * @description It is kept for `client.stored_response_ttl` (30 days) after its last turn or change. A request for a response names it as `conversation`.
         */
        post: operations["createConversation"];
        /**
         * Delete all conversations of the caller
         * @description With their items. Of the admin, and of the only user of the gateway, all that there are. OpenAI has no such operation.
         */
        delete: operations["deleteConversations"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** View a conversation */
        get: operations["viewConversation"];
        put?: never;
        /** Change the metadata of a conversation */
        post: operations["changeConversation"];
        /**
         * Delete a conversation
         * @description With its items. Responses that were turns of it stay.
         */
        delete: operations["deleteConversation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the items of a conversation */
        get: operations["listConversationItems"];
        put?: never;
        /** Add items to a conversation */
        post: operations["addConversationItems"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/items/{item_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** View an item of a conversation */
        get: operations["viewConversationItem"];
        put?: never;
        post?: never;
        /** Delete an item of a conversation */
        delete: operations["deleteConversationItem"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhook endpoints
         * @description Those of every caller, of config.json and of both APIs.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Make a webhook endpoint
         * @description It is told of the ends of jobs that name it in `x-bf-async-webhook`; with `all_jobs` of all. Deliveries are signed as Standard Webhooks.
         */
        post: operations["makeWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search deliveries
         * @description A page has whole deliveries: one of which any try matches is there with all of its tries. Of each endpoint the newest 10,000 are looked at.
         */
        get: operations["searchWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a delivery again */
        post: operations["redeliverWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** View a webhook endpoint */
        get: operations["viewWebhook"];
        /**
         * Change a webhook endpoint
         * @description All of it is sent: what is missing gets its default, but for `form`, `all_jobs` and `schedule`, which stay. The secret stays. An endpoint of config.json is changed there.
         */
        put: operations["changeWebhook"];
        post?: never;
        /** Delete a webhook endpoint */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret of a webhook endpoint
         * @description The old secret stops to sign at once, or after `keep_previous_hours`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a sample to a webhook endpoint
         * @description By the way of all deliveries. It is not recorded. One of each event in 30 s, unless the endpoint is changed in between: else 429 with `Retry-After`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhook_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of an endpoint
         * @description A page has whole deliveries: one of which any try matches is there with all of its tries. Of each endpoint the newest 10,000 are looked at.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_event_types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the events of webhook endpoints */
        get: operations["listWebhookEventTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your webhook endpoints
         * @description Those of the key that is sent; with the admin's token those of all callers.
         */
        get: operations["listWebhookEndpoints"];
        put?: never;
        /**
         * Make a webhook endpoint of your own
         * @description It is told of the ends of the jobs of the key that is sent, in the form of OpenAI; of the admin's or of the only user's, those of all.
         */
        post: operations["createWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** View a webhook endpoint of your own */
        get: operations["viewWebhookEndpoint"];
        put?: never;
        /**
         * Change a webhook endpoint of your own
         * @description The members that are sent.
         */
        post: operations["updateWebhookEndpoint"];
        /** Delete a webhook endpoint of your own */
        delete: operations["deleteWebhookEndpoint"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints/{webhook_id}/rotate_secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the secret of a webhook endpoint of your own */
        post: operations["rotateWebhookEndpointSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints/{webhook_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a sample to a webhook endpoint of your own */
        post: operations["testWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models
         * @description The models that the sent key may use, of the providers that the gateway has a key for or that need none: those that local servers report, those that config.json names, and those of the published price list, which lacks some and contains some that no longer exist. A provider without known models has one entry, `provider/*`.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look up a model
         * @description The model as the list has it. Where a provider's models are not known, any of its names is one.
         */
        get: operations["retrieveModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether jobs can be stored and read
         * @description For load balancers: requests may be sent to a gateway that answers 200. Where several gateways share a database, one that waits answers 200 while it reaches one that runs the jobs and is well, and during a takeover. Whoever may see `/metrics` is told there of all gateways too.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Jobs by state, type and provider, queues, waits, attempts, upstream latency, commits, threads, memory and the reaper, in Prometheus' text format. Labels are configured providers, request types, states and outcomes: never a model, an id or an owner. Counters start at zero with the process and count a change once it is on disk. Open to every program on this machine, as `/health` is, while there are no virtual keys; otherwise, and with `client.enforce_auth_on_inference`, it requires the admin token as `Authorization: Bearer`.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A job that has not ended. */
        AcceptedJob: {
            /** Format: uuid */
            id: string;
            /** @description The `x-request-id` of the submit, else a generated one. */
            request_id: string;
            /**
             * @description `pending` until it is first started; `processing` from then on, between retries too.
             * @enum {string}
             */
            status: "pending" | "processing";
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            created_at: string;
        };
        /** @description A job that has completed. Its `result` is beside these members wherever the whole job is shown. */
        CompletedJob: {
            /** Format: uuid */
            id: string;
            /** @description The `x-request-id` of the submit, else a generated one. */
            request_id: string;
            /** @constant */
            status: "completed";
            /**
             * Format: date-time
             * @description When the job will be deleted.
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            completed_at: string;
            /** @constant */
            status_code: 200;
        };
        /** @description A job that has failed or was cancelled. */
        FailedJob: {
            /** Format: uuid */
            id: string;
            /** @description The `x-request-id` of the submit, else a generated one. */
            request_id: string;
            /** @constant */
            status: "failed";
            /**
             * Format: date-time
             * @description When the job will be deleted.
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            completed_at: string;
            /** @description The error's. */
            status_code: number;
            error: components["schemas"]["Error"];
        };
        /** @description A job of any type that has ended. */
        Job: (components["schemas"]["CompletedJob"] & {
            /** @description The result, in the form of its request type. */
            result: unknown;
        }) | components["schemas"]["FailedJob"];
        /** @description What a list shows of a job. */
        JobSummary: {
            /**
             * @description More exact than `status`: `waiting` is for an upstream job at the provider.
             * @enum {string}
             */
            state: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";
            /** @description The type of request, which is that of the path it was submitted to. */
            request_type: string;
            provider: string;
            /** @description The model's name at the provider. */
            model: string;
            /**
             * @description Jobs of a higher priority start first.
             * @enum {string}
             */
            priority: "low" | "normal" | "high";
            /** @description The job whose request it repeats. */
            origin_id: string | null;
            /** @description The batch that it belongs to; null: none, or one that is deleted. */
            batch_id: string | null;
            /** @description Whose it is; null: nobody's. */
            owner?: ({
                /** @constant */
                kind: "virtual_key";
                id: string;
                /** @description Null where the key is no longer there. */
                name: string | null;
            } | {
                /** @constant */
                kind: "caller_key";
                /** @description The beginning of a digest: the same for all jobs of one key. */
                id: string;
            }) | null;
            /** @description What its attempts have cost together, in US dollars; null where that is not known. */
            cost_usd: number | null;
            /** @description The start of the last attempt. */
            started_at: string | null;
            /** @description How many there were. */
            attempts: number;
            /** @description The name of the key of the last attempt; null: none was used. */
            key_name: string | null;
            /** @description What the last attempt used; null where that is not known. */
            usage: components["schemas"]["Usage"] | null;
            /** @description The media type of the content that is stored beside the result. */
            content_type: string | null;
        };
        /** @description A job as a list shows it: without its result. */
        ListedJob: (components["schemas"]["AcceptedJob"] & components["schemas"]["JobSummary"]) | (components["schemas"]["CompletedJob"] & components["schemas"]["JobSummary"]) | (components["schemas"]["FailedJob"] & components["schemas"]["JobSummary"]);
        JobList: {
            /** @constant */
            object: "list";
            /** @description The newest first. */
            data: components["schemas"]["ListedJob"][];
            /** @description Null on an empty page. */
            first_id: string | null;
            /** @description Send it as `after` to get the next page. A page can be empty and still have a next one. */
            last_id: string | null;
            has_more: boolean;
            /** @description Differs after every change. Where the first event of `/v1/async/events` has the same, this page is up to date. */
            revision: string;
        };
        /** @description The details of a job: its attempts, their usage, its position in the queue. */
        JobDetails: {
            /**
             * @description More exact than `status`: `waiting` is for an upstream job at the provider.
             * @enum {string}
             */
            state: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";
            /** @description The type of request, which is that of the path it was submitted to. */
            request_type: string;
            provider: string;
            /** @description The model's name at the provider. */
            model: string;
            /**
             * @description Jobs of a higher priority start first.
             * @enum {string}
             */
            priority: "low" | "normal" | "high";
            /** @description The job whose request it repeats. */
            origin_id: string | null;
            /** @description The batch that it belongs to; null: none, or one that is deleted. */
            batch_id: string | null;
            /** @description Whose it is; null: nobody's. */
            owner?: ({
                /** @constant */
                kind: "virtual_key";
                id: string;
                /** @description Null where the key is no longer there. */
                name: string | null;
            } | {
                /** @constant */
                kind: "caller_key";
                /** @description The beginning of a digest: the same for all jobs of one key. */
                id: string;
            }) | null;
            /** @description What its attempts have cost together, in US dollars; null where that is not known. */
            cost_usd: number | null;
            /** @description Its line in the input file of the batch, counted from 1; null: it belongs to none. */
            batch_line: number | null;
            /**
             * Format: date-time
             * @description The deadline: a job that has not ended by then fails.
             */
            deadline_at: string;
            /** @description In their order. One that is in progress is the last. */
            attempts: {
                /** @description Counted from 1. Calls that a stop of the gateway interrupted count too. */
                attempt: number;
                provider: string;
                /** @description The name of the configured key that was used; null: none was. */
                key_name: string | null;
                model: string;
                /** @description When it began to wait: when the job was accepted, or when the attempt before it had ended. Null where that is left out. */
                queued_at: string | null;
                /** @description From then until it was sent: backoff, closed quotas and the queue. */
                waited_ms: number | null;
                /**
                 * Format: date-time
                 * @description When the call was sent.
                 */
                started_at: string;
                /** @description When it ended; null while it is in progress. */
                finished_at: string | null;
                /** @description The HTTP status of the provider, where there was one. */
                status_code: number | null;
                /** @description running, waiting (for an upstream job at the provider), answered, pending (an upstream job was started), refused, unreadable, unconnected, timeout, network, aborted, crashed, gone (the provider does not know its upstream job any more), misconfigured (nothing went out: the configuration lacks something), not_sent, interrupted, lease_expired, cancelled, released. */
                outcome: string;
                /** @description Why it did not succeed. */
                reason: string | null;
                /** @description The provider's id of the request, where it gave one. */
                upstream_request_id: string | null;
                /** @description What it used; null where that is not known. */
                usage: components["schemas"]["Usage"] | null;
                /** @description What it cost in US dollars; null where that is not known. */
                cost_usd: number | null;
            }[];
            /** @description Where there were more than 100: how many are left out after the 20th. */
            attempts_omitted?: number;
            /** @description The usage as the provider reported it, in its own form; null where it reported none. */
            usage: unknown;
            /** @description What of the request was not sent to the provider: nothing that changes its meaning. */
            warnings: string[];
            /** @description Only while the job is queued. */
            queue?: {
                /** @description How many jobs of the same caller, model and priority are due before it, counted up to 10,000. */
                position: number;
                /**
                 * Format: date-time
                 * @description When it can start at the earliest.
                 */
                runs_at: string;
                /** @description Why it is queued. */
                reason: string;
            };
        };
        AcceptedJobView: components["schemas"]["AcceptedJob"] & components["schemas"]["JobDetails"];
        /** @description A job of any type that has ended, with its details. */
        JobView: (components["schemas"]["CompletedJob"] & {
            /** @description The result, in the form of its request type. */
            result: unknown;
        } & components["schemas"]["JobDetails"]) | (components["schemas"]["FailedJob"] & components["schemas"]["JobDetails"]);
        OutlinedJob: components["schemas"]["CompletedJob"] & {
            /** @description How long the result is, as JSON text in UTF-8. */
            result_bytes: number;
        } & components["schemas"]["JobDetails"];
        /** @description The JSON object that was sent, or this of a form. */
        StoredRequest: {
            /** @constant */
            object: "form";
            fields: {
                [key: string]: string | string[];
            };
            files: {
                index: number;
                name: string;
                /** @description Null where none was sent. */
                filename: string | null;
                /** @description Null where none was sent. */
                content_type: string | null;
                bytes: number;
            }[];
        } | Record<string, never>;
        UsageReport: {
            /** @constant */
            object: "list";
            data: {
                /** Format: date */
                day?: string;
                provider?: string;
                model?: string;
                type?: string;
                /** @description Whose it is; null: nobody's. */
                owner?: ({
                    /** @constant */
                    kind: "virtual_key";
                    id: string;
                    /** @description Null where the key is no longer there. */
                    name: string | null;
                } | {
                    /** @constant */
                    kind: "caller_key";
                    /** @description The beginning of a digest: the same for all jobs of one key. */
                    id: string;
                }) | null;
                /** @description Null: no key. */
                key_name?: string | null;
                /** @description How many attempts have ended. */
                calls: number;
                input_tokens: number;
                output_tokens: number;
                total_tokens: number;
                /** @description Of the calls whose cost is known. */
                cost_usd: number;
                /** @description For how many something may have been billed that is not known. */
                calls_without_cost: number;
            }[];
            /** @description Of the virtual keys whose jobs the caller sees. */
            budgets: {
                virtual_key: {
                    id: string;
                    name: string;
                };
                /** @enum {string} */
                period: "day" | "month";
                /** @description Input and output tokens together; null: no limit. */
                tokens: {
                    limit: number;
                    used: number;
                    /**
                     * Format: date-time
                     * @description When the period ends.
                     */
                    resets_at: string;
                } | null;
                /** @description US dollars; null: no limit. */
                cost_usd: {
                    limit: number;
                    used: number;
                    /**
                     * Format: date-time
                     * @description When the period ends.
                     */
                    resets_at: string;
                } | null;
            }[];
        };
        Replay: {
            /** @description Another `provider/model` than that of the request. */
            model?: string | null;
            /** @description A whole new request in place of the stored one. Without `model` it has that of the job. */
            body?: Record<string, never> | null;
        };
        ReplayedJob: components["schemas"]["AcceptedJob"] & {
            /**
             * Format: uuid
             * @description The job whose request it repeats.
             */
            origin_id: string;
        };
        /** @description The usage that the provider reported, in the same form for every provider. */
        Usage: {
            /** @description All input tokens, cached ones included. */
            input_tokens?: number;
            /** @description All output tokens, reasoning included. */
            output_tokens?: number;
            cached_tokens?: number;
            reasoning_tokens?: number;
            images?: number;
            seconds?: number;
            characters?: number;
            pages?: number;
            /** @description Input and output together, of a job in a list. */
            total_tokens?: number;
        };
        Cancelled: {
            /** @description How many jobs were cancelled. */
            cancelled: number;
        };
        /** @description A model that can be called. */
        Model: {
            /** @description The value for `model` in a request; `provider/*`: any model of this provider. */
            id: string;
            /** @constant */
            object: "model";
            /** @description Seconds since 1970, where a local server reports it; else 0. */
            created: number;
            /** @description The same as `provider`. */
            owned_by: string;
            provider: string;
            /** @description The request types it serves, as far as its name and price show; otherwise all that its provider serves. */
            request_types: string[];
            /** @description Tokens; null where it is not known. */
            context_length: number | null;
            /** @description As config.json says, else as published; null where it is not known. */
            pricing: {
                /** @description US dollars for a million input tokens. */
                input_per_million?: number;
                /** @description US dollars for a million output tokens. */
                output_per_million?: number;
                /** @description US dollars for a million cached input tokens. */
                cached_input_per_million?: number;
                /** @description US dollars for an image. */
                per_image?: number;
                /** @description US dollars for a second of audio. */
                per_second?: number;
                /** @description US dollars for a character. */
                per_character?: number;
                /** @description US dollars for a page. */
                per_page?: number;
                /** @description US dollars for a call. */
                per_call?: number;
            } | null;
        };
        ModelList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Model"][];
        };
        /** @description Why a request was refused or a job failed. */
        Error: {
            /** @description The kind of error, for programs. */
            type?: string;
            /** @description Always false; for clients of the Bifrost gateway. */
            is_bifrost_error: boolean;
            /** @description The HTTP status; for a failed job the provider's, where it gave one. */
            status_code: number;
            error: {
                type?: string;
                code?: components["schemas"]["ErrorCode"] | string;
                /** @description What is wrong and what to do instead, or the provider's own message. */
                message: string;
                /** @description The member at fault, as `messages[0].role`. */
                param?: string;
                /** @description The provider's own details, as what Azure's content filter found. */
                innererror?: Record<string, never>;
            };
            /** @description What is known about the failed request. */
            extra_fields: {
                provider?: string;
                model_requested?: string;
                original_model_requested?: string;
                request_type?: string;
            };
        };
        /**
         * @description The gateway's own codes.
         *
         *     | code | status | from | when |
         *     |---|---|---|---|
         *     | `invalid_json` | 400 | submit, replay, make a virtual key, change a virtual key, bulk | The body is not one JSON object in UTF-8, or nests too deep. |
         *     | `body_incomplete` | 400 | submit, replay, make a virtual key, change a virtual key, bulk | The connection was closed before the body had come whole. |
         *     | `missing_required_parameter` | 400 | files, batches, conversations, webhooks | A member that is required is missing. |
         *     | `invalid_request` | 400 | submit, replay, make a virtual key, change a virtual key, bulk, view, list, cancel several, usage, stats, events, events of a job, revoke a virtual key | A member, header or parameter is missing, has the wrong form, or asks for a stream. |
         *     | `unknown_provider` | 400 | submit, replay, models | There is no provider of this name. |
         *     | `unsupported_operation` | 400 | submit, replay | The provider does not serve this type of request. |
         *     | `unsupported_parameter` | 400 | submit, replay | The provider does not support a parameter that changes the result. |
         *     | `no_keys` | 400 | submit, replay | The gateway has no key for this provider and model. |
         *     | `virtual_key_not_found` | 400 | submit, replay, list, cancel several, bulk, bulk list, bulk view, abort, queues, usage, events, models, model, me | There is no such virtual key. |
         *     | `virtual_key_required` | 401 | submit, replay, list, cancel several, bulk, bulk list, bulk view, abort, queues, usage, events, models, model, me | A virtual key is required, and none was sent. |
         *     | `admin_token_required` | 401 | list, cancel several, bulk, bulk list, bulk view, abort, queues, usage, events, metrics, stats, providers, list virtual keys, make a virtual key, view a virtual key, change a virtual key, revoke a virtual key | Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. |
         *     | `budget_exceeded` | 402 | submit, replay | The virtual key has used up its budget of this day or month (UTC). |
         *     | `virtual_key_blocked` | 403 | submit, replay, list, cancel several, bulk, bulk list, bulk view, abort, queues, usage, events, models, model, me | The virtual key is inactive or has expired. |
         *     | `provider_blocked` | 403 | submit, replay | The virtual key may not use this provider. |
         *     | `model_blocked` | 403 | submit, replay | The virtual key may not use this model. |
         *     | `origin_not_allowed` | 403 | submit, poll, cancel, delete, view, content, result, request, replay, list, cancel several, bulk, bulk list, bulk view, abort, models, model, health, metrics, me, stats, queues, usage, events, events of a job, providers, list virtual keys, make a virtual key, view a virtual key, change a virtual key, revoke a virtual key | A web page sent the request, and its origin is not allowed. |
         *     | `host_not_allowed` | 403 | submit, poll, cancel, delete, view, content, result, request, replay, list, cancel several, bulk, bulk list, bulk view, abort, models, model, health, metrics, me, stats, queues, usage, events, events of a job, providers, list virtual keys, make a virtual key, view a virtual key, change a virtual key, revoke a virtual key | The Host header is neither a loopback name nor an allowed one. |
         *     | `job_not_found` | 404 | poll, cancel, delete, view, content, result, request, events of a job, replay | There is no such job, or it has expired. |
         *     | `operation_type_mismatch` | 404 | poll, cancel, delete | The job is of another type than this path. |
         *     | `job_key_required` | 404 | poll, cancel, delete, view, content, result, request, events of a job, replay | The job belongs to a key, and none was sent. |
         *     | `job_key_not_found` | 404 | poll, cancel, delete, view, content, result, request, events of a job, replay | The job belongs to a virtual key, and the one that was sent is unknown. |
         *     | `job_key_mismatch` | 404 | poll, cancel, delete, view, content, result, request, events of a job, replay | The job belongs to another key. |
         *     | `request_not_kept` | 404 | request, replay | The request of the job is not stored any more. |
         *     | `key_not_found` | 404 | view a virtual key, change a virtual key, revoke a virtual key | There is no virtual key with this id. |
         *     | `content_not_found` | 404 | content, result, request | The job has not completed, or has no binary content or no file at this place. |
         *     | `file_not_found` | 404 | files, batches | There is no such file of this caller, or it has expired. |
         *     | `batch_not_found` | 404 | batches | There is no such batch of this caller, or it has expired. |
         *     | `previous_response_not_found` | 400 | responses | The response that is to be continued is not there, is another caller's, or was made with `store: false`. |
         *     | `response_not_found` | 404 | responses | There is no such response of this caller, or it has expired. |
         *     | `conversation_not_found` | 404 | conversations, responses | There is no such conversation of this caller, or it has expired. |
         *     | `conversation_item_not_found` | 404 | conversations | The conversation has no such item. |
         *     | `bulk_operation_not_found` | 404 | bulk view, abort | There is no such operation of this caller. |
         *     | `webhook_not_found` | 404 | webhooks | There is no webhook endpoint with this id, or it is not the caller's. |
         *     | `webhook_delivery_not_found` | 404 | webhooks | There is no such webhook delivery, or it is no longer kept. |
         *     | `model_not_found` | 404 | model | There is no such model that this caller can use. |
         *     | `route_not_found` | 404 | any | No route matches this path. |
         *     | `method_not_allowed` | 405 | any | The path does not take this method; `Allow` lists those that it takes. |
         *     | `webhook_exists` | 409 | webhooks | Another webhook endpoint of this owner has the name. |
         *     | `webhook_delivery_in_flight` | 409 | webhooks | The webhook delivery is being sent at this moment. |
         *     | `request_too_large` | 413 | submit, replay, make a virtual key, change a virtual key, bulk | The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values. |
         *     | `unsupported_media_type` | 415 | submit, replay, make a virtual key, change a virtual key, bulk | The media type of the body is not supported here, or the body is compressed. |
         *     | `idempotency_mismatch` | 422 | submit, replay | The Idempotency-Key was used before, with another body. |
         *     | `rate_limited` | 429 | submit, replay, bulk, webhooks | The virtual key has reached its limit of requests per minute, too many bulk operations are running, or a sample of the same event was sent to this webhook endpoint less than 30 s ago. |
         *     | `queue_full` | 429 | submit, replay | The provider's queue is full (`buffer_size`). |
         *     | `internal_error` | 500 | submit, poll, cancel, delete, view, content, result, request, replay, list, cancel several, bulk, bulk list, bulk view, abort, models, model, health, metrics, me, stats, queues, usage, events, events of a job, providers, list virtual keys, make a virtual key, view a virtual key, change a virtual key, revoke a virtual key | The gateway failed: this is a bug. |
         *     | `store_unavailable` | 503 | submit, poll, cancel, delete, view, content, result, request, events of a job, replay, list, cancel several, bulk, queues, usage, list virtual keys, make a virtual key, view a virtual key, change a virtual key, revoke a virtual key | The store cannot be written or read at the moment. |
         *     | `server_busy` | 503 | submit, replay | Too many large bodies are being received at the same time. |
         *     | `shutting_down` | 503 | submit, replay, cancel, delete, cancel several, bulk | The gateway is shutting down and stores nothing any more. |
         *     | `store_full` | 507 | submit, replay, cancel, delete, cancel several, bulk | The disk is full or nearly full: nothing was changed. |
         *     | `provider_connection_failed` | 502 | a failed job | The provider could not be reached. |
         *     | `unreadable_response` | 502 | a failed job | The provider's response is not a valid result. |
         *     | `upstream_redirect` | 502 | a failed job | The provider answered with a redirect, which is not followed. |
         *     | `upstream_credentials_exhausted` | 502 | a failed job | The provider refused every key that the job may use. |
         *     | `worker_crashed` | 502 | a failed job | The gateway's thread crashed during the call: twice, or once where the call may not be repeated. |
         *     | `interrupted` | 502 | a failed job | The gateway stopped during the call, and no retry was left or the call may not be repeated (`x-asyncgate-on-interrupt`). |
         *     | `request_lost` | 500 | a failed job | The stored request or key could not be read: nothing was sent. |
         *     | `request_timed_out` | 504 | a failed job | The provider did not answer in time. |
         *     | `job_cancelled` | 499 | a failed job | The caller cancelled the job. |
         *     | `deadline_exceeded` | 504 | a failed job | The job did not end within `Cancel-After`, or without it within `client.async_job_deadline`. |
         * @enum {string}
         */
        ErrorCode: "invalid_json" | "body_incomplete" | "missing_required_parameter" | "invalid_request" | "unknown_provider" | "unsupported_operation" | "unsupported_parameter" | "no_keys" | "virtual_key_not_found" | "virtual_key_required" | "admin_token_required" | "budget_exceeded" | "virtual_key_blocked" | "provider_blocked" | "model_blocked" | "origin_not_allowed" | "host_not_allowed" | "job_not_found" | "operation_type_mismatch" | "job_key_required" | "job_key_not_found" | "job_key_mismatch" | "request_not_kept" | "key_not_found" | "content_not_found" | "file_not_found" | "batch_not_found" | "previous_response_not_found" | "response_not_found" | "conversation_not_found" | "conversation_item_not_found" | "bulk_operation_not_found" | "webhook_not_found" | "webhook_delivery_not_found" | "model_not_found" | "route_not_found" | "method_not_allowed" | "webhook_exists" | "webhook_delivery_in_flight" | "request_too_large" | "unsupported_media_type" | "idempotency_mismatch" | "rate_limited" | "queue_full" | "internal_error" | "store_unavailable" | "server_busy" | "shutting_down" | "store_full" | "provider_connection_failed" | "unreadable_response" | "upstream_redirect" | "upstream_credentials_exhausted" | "worker_crashed" | "interrupted" | "request_lost" | "request_timed_out" | "job_cancelled" | "deadline_exceeded";
        /** @description An error in OpenAI's form. */
        CallError: {
            error: {
                message: string;
                type: string;
                /** @description The member or header that is wrong. */
                param: string | null;
                /** @description A code of this gateway, or the provider's own. */
                code: string | null;
            };
        };
        /** @description The members of every request that the gateway itself reads. */
        Routing: {
            /** @description `provider/model`, split at the first slash. */
            model: string;
            /** @description Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the error of the first. */
            fallbacks?: string[] | null;
        };
        /** @description What the gateway adds to every result. */
        ResultFields: {
            extra_fields: {
                request_type: string;
                provider: string;
                model_requested: string;
                original_model_requested: string;
                resolved_model_used: string;
                /** @description Milliseconds that the provider took. */
                latency: number;
                chunk_index: number;
            };
        };
        Health: {
            /** @constant */
            status: "ok";
            /**
             * @description `running`: it runs the jobs. `waiting`: it passes requests on to the one that does, and takes over from it.
             * @enum {string}
             */
            role?: "running" | "waiting";
            /** @description The gateways of the database; null: no others can use it, or it cannot be read. */
            gateways?: components["schemas"]["DatabaseGateway"][] | null;
            /** @description Null: the database can have none, cannot be read, or does not show them to the gateway's user. */
            standbys?: components["schemas"]["DatabaseStandby"][] | null;
        } | {
            /** @constant */
            status: "unavailable";
            /** @description Why. */
            reason: string;
            /**
             * @description `running`: it runs the jobs. `waiting`: it passes requests on to the one that does, and takes over from it.
             * @enum {string}
             */
            role?: "running" | "waiting";
            /** @description The gateways of the database; null: no others can use it, or it cannot be read. */
            gateways?: components["schemas"]["DatabaseGateway"][] | null;
            /** @description Null: the database can have none, cannot be read, or does not show them to the gateway's user. */
            standbys?: components["schemas"]["DatabaseStandby"][] | null;
        };
        /** @description A gateway that was heard of within a minute. */
        DatabaseGateway: {
            /** @description Where the others reach it. */
            address: string;
            version: string;
            /**
             * @description `running`: it runs the jobs. `waiting`: it passes requests on to the one that does, and takes over from it.
             * @enum {string}
             */
            role: "running" | "waiting";
            /** @description How long ago it was last heard of. */
            silent_ms: number;
            /** @description How much longer it may be silent before another takes over; null: it does not run the jobs. */
            lease_left_ms: number | null;
        };
        /** @description A standby of the database that is connected to it. */
        DatabaseStandby: {
            /** @description What its connection calls itself. */
            name: string;
            /** @description Commits wait for it. */
            is_synchronous: boolean;
            /** @description The part of the server's log that is not on its disk yet: a failover to it would lose that. */
            behind_bytes: number;
        };
        /** @description A virtual key that is to be made. What may be used with it, `provider_configs`, config.json alone says. */
        KeyRequest: {
            /** @description No other key has it. */
            name: string;
            is_active?: boolean;
            /** @description Null: never. */
            expires_at?: string | null;
            /** @description Null: no limit. */
            requests_per_minute?: number | null;
            /** @description Null: no limit. */
            max_concurrent_jobs?: number | null;
            /** @description What it may use; null: no limit. */
            budgets?: {
                /** @description Of a UTC day: tokens, and US dollars. */
                day?: {
                    tokens?: number;
                    cost?: number;
                };
                /** @description Of a UTC month: tokens, and US dollars. */
                month?: {
                    tokens?: number;
                    cost?: number;
                };
            } | null;
        };
        /** @description The members of a virtual key that change. */
        KeyChange: {
            /** @description No other key has it. */
            name?: string;
            is_active?: boolean;
            /** @description Null: never. */
            expires_at?: string | null;
            /** @description Null: no limit. */
            requests_per_minute?: number | null;
            /** @description Null: no limit. */
            max_concurrent_jobs?: number | null;
            /** @description What it may use; null: no limit. */
            budgets?: {
                /** @description Of a UTC day: tokens, and US dollars. */
                day?: {
                    tokens?: number;
                    cost?: number;
                };
                /** @description Of a UTC month: tokens, and US dollars. */
                month?: {
                    tokens?: number;
                    cost?: number;
                };
            } | null;
        };
        /** @description A virtual key as the admin sees it. */
        ManagedKey: components["schemas"]["VirtualKey"] & {
            /** @description Null: not known, for a key of config.json. */
            created_at: string | null;
            /** @enum {string} */
            source: "config.json" | "virtual-keys.json";
            /** @description It stands in config.json, and is changed there. */
            is_read_only: boolean;
        };
        /** @description A virtual key that has just been made. */
        MadeKey: components["schemas"]["ManagedKey"] & {
            /** @description The key. This is the one time that it is shown. */
            value: string;
        };
        KeyList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ManagedKey"][];
        };
        Provider: {
            name: string;
            /** @description Its address, without a user, a password or a query. */
            base_url: string;
            /**
             * @description `server`: a model server of this machine or network.
             * @enum {string}
             */
            kind: "built_in" | "custom" | "server" | "mock";
            /** @description Where its key comes from, or why it needs none. */
            access: string | null;
            request_types: string[];
            /** @description How many calls may be in flight. */
            concurrency: {
                /** @description Null: as many as the provider allows. */
                limit: number | null;
                /** @description Calls in flight. */
                in_flight: number;
            };
            /** @description Never anything of their values. */
            keys: {
                name: string;
                weight: number;
                /** @description `*`: all. */
                models: string[];
                /** @description `config.json`, or `environment` and the name of the variable. */
                source: string;
                /** @description How many calls may be in flight with it. */
                concurrency: {
                    /** @description Null: as many as the provider allows. */
                    limit: number | null;
                    /** @description Calls in flight. */
                    in_flight: number;
                };
                /** @description Until when a 429 has closed it for one of its models. */
                closed_until: string | null;
                /** @description The last call that did not succeed since the start; null: there was none. */
                last_error: {
                    /**
                     * Format: date-time
                     * @description When it came.
                     */
                    at: string;
                    /** @description The HTTP status; null: there was no answer. */
                    status: number | null;
                    reason: string;
                } | null;
                /** @description When a call succeeded last since the start; null: none has. */
                last_success_at: string | null;
            }[];
            /** @description The last call that did not succeed since the start; null: there was none. */
            last_error: {
                /**
                 * Format: date-time
                 * @description When it came.
                 */
                at: string;
                /** @description The HTTP status; null: there was no answer. */
                status: number | null;
                reason: string;
            } | null;
            /** @description When a call succeeded last since the start; null: none has. */
            last_success_at: string | null;
        };
        ProviderList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Provider"][];
        };
        /** @description The data of an event. */
        JobChange: {
            /** @description All unfinished jobs. For the operator only. */
            counts?: {
                queued: number;
                running: number;
                waiting: number;
            };
            /** @description The jobs that match the filter, or did before they changed. */
            changed: {
                /** Format: uuid */
                id: string;
                /**
                 * @description Its state now; the filter may not match it any more.
                 * @enum {string}
                 */
                state: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "deleted";
                /** @description It was accepted since the event before. */
                is_new: boolean;
            }[];
            /**
             * @description More has changed than can be named: ask for what is shown again.
             * @constant
             */
            reload?: true;
            /** @description In the first event. A list with another revision was read before the stream began: ask for it again. */
            revision?: string;
        };
        Queues: {
            /** @constant */
            object: "list";
            /** @description The longest first, at most 500. */
            data: {
                provider: string;
                model: string;
                /** @enum {string} */
                priority: "low" | "normal" | "high";
                /** @description Whose it is; null: nobody's. */
                owner?: ({
                    /** @constant */
                    kind: "virtual_key";
                    id: string;
                    /** @description Null where the key is no longer there. */
                    name: string | null;
                } | {
                    /** @constant */
                    kind: "caller_key";
                    /** @description The beginning of a digest: the same for all jobs of one key. */
                    id: string;
                }) | null;
                /** @description Queued jobs. */
                depth: number;
                /** @description When the first of them is or was due. */
                oldest_at: string | null;
                /** @description When one can start by itself; null: now, or when a call ends. */
                next_at: string | null;
                /** @description Jobs of the lane with a call in flight, or with an upstream job. */
                in_flight: number;
                /**
                 * @description `ready`: its turn comes. `later`: no job is due yet. `waiting`: every limit in its way is reached. `empty`: nothing is queued, but calls are in flight.
                 * @enum {string}
                 */
                place: "ready" | "later" | "waiting" | "empty";
                /** @description All that holds it back; any one that gives way lets a job start. */
                waits_for: {
                    /**
                     * @description `quota`: a 429 closed the quota of this key and model. `key_slots`, `provider_slots`, `owner_cap`: as many calls are in flight as the key, the provider or the virtual key may have. `retry`: the first job is due later. `no_key`: the configuration has no key for it.
                     * @enum {string}
                     */
                    kind: "quota" | "key_slots" | "provider_slots" | "owner_cap" | "retry" | "no_key";
                    /** @description The same in words. */
                    reason: string;
                    /** @description The provider key that it is about. */
                    key_name: string | null;
                    /** @description When it is over by itself; null: when a call ends, or the configuration changes. */
                    until: string | null;
                    /** @description How many calls may go out now. */
                    room: number | null;
                    /** @description The limit that is reached, or that the provider reported. */
                    limit: number | null;
                    /** @description How many calls are in flight under it. */
                    in_flight: number | null;
                }[];
            }[];
            /** @description Those that the lanes wait at; for the admin all that a call or a 429 has touched lately. */
            quotas: {
                provider: string;
                /** @description Null: calls have no key. */
                key_name: string | null;
                model: string;
                /** @description Until when a 429 has closed it, or had; null: never. */
                closed_until: string | null;
                /** @description Calls under it. */
                in_flight: number;
                /** @description How many 429s came since the last success. */
                strikes: number;
                /** @description How many calls the provider allows in `window_ms`, as it reported. */
                limit: number | null;
                /** @description The longest window that it reported. */
                window_ms: number | null;
                /** @description The time between two calls, where they are spaced after a 429. */
                spacing_ms: number | null;
                /** @description Until when other keys are preferred, because this one was refused. */
                avoided_until: string | null;
            }[];
            slots: {
                /** @description Calls in flight of all these lanes. */
                in_flight: number;
                /** @description For a virtual key its `max_concurrent_jobs`; null: no limit for all together. */
                limit: number | null;
            };
            /** @description There are more lanes. */
            has_more: boolean;
        };
        /** @description A virtual key with its limits, in the words of config.json. Its value is never shown. */
        VirtualKey: {
            id: string;
            name: string;
            is_active: boolean;
            /** @description Null: never. */
            expires_at: string | null;
            /** @description How many jobs it may submit in a minute; null: any number. */
            requests_per_minute: number | null;
            /** @description How many of its jobs may run at once; null: any number. */
            max_concurrent_jobs: number | null;
            /** @description What it may use; null: no limit. */
            budgets: {
                /** @description Of a UTC day: tokens, and US dollars. */
                day?: {
                    tokens?: number;
                    cost?: number;
                };
                /** @description Of a UTC month: tokens, and US dollars. */
                month?: {
                    tokens?: number;
                    cost?: number;
                };
            } | null;
            /** @description What it may be used for; null: everything. */
            provider_configs: {
                provider: string;
                allowed_models: string[];
            }[] | null;
        };
        Me: {
            /**
             * @description `sole_user`: there are no virtual keys, and the request comes from this machine. `caller_key`: a provider's key of the caller's own. `anonymous`: anybody; jobs without an owner are shown only to whoever knows their ids.
             * @enum {string}
             */
            kind: "admin" | "virtual_key" | "sole_user" | "caller_key" | "anonymous";
            /** @description The virtual key that was sent. */
            virtual_key: components["schemas"]["VirtualKey"] | null;
            may: {
                /** @description Jobs can be listed, cancelled together and followed. */
                list: boolean;
                /** @description Metrics, statistics and providers can be seen. */
                operate: boolean;
                /** @description Virtual keys can be listed, made and changed. */
                manage_keys: boolean;
            };
            ui: {
                /** @description The dashboard shows requests and results. */
                bodies: boolean;
            };
            version: string;
        };
        /** @description What the gateway did and does. It is kept in memory and begins with the process. */
        Stats: {
            /** @constant */
            object: "stats";
            /**
             * Format: date-time
             * @description The gateway's clock.
             */
            now: string;
            /** @enum {string} */
            window: "10m" | "24h";
            /** @description 1 or 60: how long a step is. */
            step_seconds: number;
            /** @description The oldest first. Steps in which nothing happened are left out; the last may not be over. Times are right to 7 %. */
            points: {
                /**
                 * Format: date-time
                 * @description When the step began.
                 */
                at: string;
                /** @description Jobs that were accepted. */
                accepted: number;
                /** @description Jobs that completed. */
                succeeded: number;
                /** @description Jobs that failed. */
                failed: number;
                /** @description Jobs that were cancelled. */
                cancelled: number;
                /** @description The median of the times until the first attempt, in milliseconds; null: there was none. */
                wait_p50_ms: number | null;
                /** @description Of these times the one that 95 of 100 do not exceed, in milliseconds; null: there was none. */
                wait_p95_ms: number | null;
                /** @description The median of the times from the last attempt to the end, in milliseconds; null: there was none. */
                run_p50_ms: number | null;
                /** @description Of these times the one that 95 of 100 do not exceed, in milliseconds; null: there was none. */
                run_p95_ms: number | null;
            }[];
            current: {
                /** @description Null: not known at the moment. */
                queued: number | null;
                /** @description Null: not known at the moment. */
                running: number | null;
                /** @description Null: not known at the moment. */
                waiting: number | null;
                /** @description When the queued job was due that has waited longest; null: none. */
                oldest_queued_at: string | null;
            };
            health: {
                /** @enum {string} */
                status: "ok" | "unavailable";
                store: {
                    writable: boolean;
                    /** @description Why nothing can be stored; null: it can. */
                    reason: string | null;
                    /** @description Null: not known at the moment. */
                    database_bytes: number | null;
                    /** @description Null: not known at the moment. */
                    wal_bytes: number | null;
                    /** @description Null: not known at the moment. */
                    disk_free_bytes: number | null;
                };
                engine: {
                    /** @description How long ago it was last heard. */
                    silent_ms: number;
                };
                /** @description Null: not known at the moment. */
                threads: {
                    alive: number;
                    died: number;
                    replaced: number;
                } | null;
                /** @description Null: not known at the moment. */
                reaper: {
                    /** @description When expired jobs were last deleted; null: not yet. */
                    last_run_at: string | null;
                    /** @description How many jobs it has deleted since the start: expired ones, and stored responses where the database was too large. */
                    pruned: number;
                } | null;
                /** @description The gateways of the database; null: no others can use it, or it cannot be read. */
                gateways: components["schemas"]["DatabaseGateway"][] | null;
                /** @description Null: the database can have none, cannot be read, or does not show them to the gateway's user. */
                standbys: components["schemas"]["DatabaseStandby"][] | null;
                version: string;
                uptime_s: number;
                rss_bytes: number;
            };
        };
        File: {
            id: string;
            /** @constant */
            object: "file";
            bytes: number;
            /** @description When it was stored. Unix seconds. */
            created_at: number;
            /** @description When it will be deleted; absent: it is kept. Unix seconds. */
            expires_at?: number;
            filename: string;
            /** @enum {string} */
            purpose: "assistants" | "batch" | "fine-tune" | "vision" | "user_data" | "evals" | "batch_output";
            /** @constant */
            status: "processed";
        };
        FileUpload: {
            /**
             * Format: binary
             * @description One file; for a batch its name ends with `.jsonl`.
             */
            file: Blob;
            /**
             * @description Only `batch` is used here.
             * @enum {string}
             */
            purpose: "assistants" | "batch" | "fine-tune" | "vision" | "user_data" | "evals";
            /** @constant */
            "expires_after[anchor]"?: "created_at";
            "expires_after[seconds]"?: number;
        };
        FileList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["File"][];
            /** @description The `id` of the first; null: there is none. */
            first_id: string | null;
            /** @description The `id` of the last, which `after` takes for the next page. */
            last_id: string | null;
            has_more: boolean;
        };
        DeletedFile: {
            id: string;
            /** @constant */
            object: "file";
            /** @constant */
            deleted: true;
        };
        BatchRequest: {
            /** @description A file with the purpose `batch`: one request in each line. */
            input_file_id: string;
            /**
             * @description The path of the requests.
             * @enum {string}
             */
            endpoint: "/v1/completions" | "/v1/chat/completions" | "/v1/responses" | "/v1/responses/input_tokens" | "/v1/embeddings" | "/v1/audio/speech" | "/v1/images/generations" | "/v1/images/edits" | "/v1/rerank" | "/v1/ocr";
            /** @description `24h`, `1h` to `168h`, or `immediate`: at the usual priority. */
            completion_window: string;
            /** @description The batch has it too. */
            metadata?: {
                [key: string]: string;
            } | null;
            /** @description How long its results are kept after their creation; 30 days by default. */
            output_expires_after?: {
                /** @constant */
                anchor: "created_at";
                seconds: number;
            } | null;
        };
        Batch: {
            id: string;
            /** @constant */
            object: "batch";
            endpoint: string;
            /** @description Each line names its own. */
            model: null;
            /** @description Why it has failed: what is wrong with the first lines that are wrong. */
            errors: {
                /** @constant */
                object: "list";
                data: {
                    code: string;
                    message: string;
                    /** @description The member at fault. */
                    param: string | null;
                    /** @description Counted from 1; null: the whole file. */
                    line: number | null;
                }[];
            } | null;
            input_file_id: string;
            completion_window: string;
            /** @enum {string} */
            status: "validating" | "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled";
            /** @description The answers; null: there are none, or they are not written yet. */
            output_file_id: string | null;
            /** @description The requests that were not answered with a 2xx. */
            error_file_id: string | null;
            /** @description When it was stored. Unix seconds. */
            created_at: number;
            /** @description When it was begun, in Unix seconds. */
            in_progress_at: number | null;
            /** @description Until when its requests may go out. Unix seconds. */
            expires_at: number;
            /** @description When it was run to its end, in Unix seconds. */
            finalizing_at: number | null;
            /** @description When it was completed, in Unix seconds. */
            completed_at: number | null;
            /** @description When it was refused, in Unix seconds. */
            failed_at: number | null;
            /** @description When it was expired, in Unix seconds. */
            expired_at: number | null;
            /** @description When it was asked to be cancelled, in Unix seconds. */
            cancelling_at: number | null;
            /** @description When it was cancelled, in Unix seconds. */
            cancelled_at: number | null;
            request_counts: {
                total: number;
                completed: number;
                failed: number;
            };
            usage: {
                input_tokens: number;
                input_tokens_details: {
                    cached_tokens: number;
                };
                output_tokens: number;
                output_tokens_details: {
                    reasoning_tokens: number;
                };
                total_tokens: number;
            };
            /** @description As it was sent. */
            metadata: {
                [key: string]: string;
            } | null;
            /** @description Of this gateway: what the calls of its jobs have cost so far in US dollars, those that were repeated included. Only calls whose cost is known; null: it is known of none. */
            cost_usd: number | null;
            /** @description Of this gateway: its calls that may have been billed, and whose cost is not known. */
            calls_without_cost: number;
            /** @description Of this gateway: what holds the next line up at the moment, in words. */
            waits_for?: string;
        };
        BatchList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Batch"][];
            /** @description The `id` of the first; null: there is none. */
            first_id: string | null;
            /** @description The `id` of the last, which `after` takes for the next page. */
            last_id: string | null;
            has_more: boolean;
        };
        BatchResults: {
            batch_id: string;
            results: {
                id: string;
                custom_id: string;
                /** @description Null: the request was not run. */
                response: {
                    status_code: number;
                    request_id: string;
                    /** @description The answer, or `{error}`. */
                    body: unknown;
                } | null;
                /** @description Why it was not run. */
                error: {
                    /** @enum {string} */
                    code: "batch_expired" | "batch_cancelled" | "job_deleted";
                    message: string;
                } | null;
            }[];
            /** @constant */
            has_more: false;
        };
        /** @description A response as it stands, with the members of its request. */
        BackgroundResponse: {
            /** @description That of its job, without hyphens. */
            id: string;
            /** @constant */
            object: "response";
            /** @description When it was accepted, in Unix seconds. */
            created_at: number;
            /** @enum {string} */
            status: "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";
            background: boolean;
            /** @description Why it has failed; null: it has not. */
            error: {
                code: string;
                message: string;
            } | null;
            /** @description Why it is incomplete; null: it is not. */
            incomplete_details: Record<string, never> | null;
            /** @description `provider/model` until the provider has answered, then as the provider says. */
            model: string;
            /** @description Empty until it has ended. */
            output: ({
                id: string;
                /** @description `message`, `function_call`, … */
                type: string;
            } & {
                [key: string]: any;
            })[];
            /** @description The response that it continues. */
            previous_response_id: string | null;
            /** @description The conversation that it is a turn of. Absent: it is of none. */
            conversation?: {
                id: string;
            } | null;
            /** @description Tokens; null until it has ended. */
            usage: Record<string, never> | null;
        };
        DeletedResponse: {
            id: string;
            /** @constant */
            object: "response";
            /** @constant */
            deleted: true;
        };
        InputItemList: {
            /** @constant */
            object: "list";
            data: ({
                id: string;
                /** @description `message`, `function_call`, … */
                type: string;
            } & {
                [key: string]: any;
            })[];
            /** @description The `id` of the first; null: there is none. */
            first_id: string | null;
            /** @description The `id` of the last, which `after` takes for the next page. */
            last_id: string | null;
            has_more: boolean;
        };
        ConversationRequest: {
            /** @description What it begins with. */
            items?: (({
                /** @description May be left out. */
                type?: "message" | null;
                /** @description Its id. Another one is made where there is none. */
                id?: string | null;
                /** @description `user`, `assistant`, `system`, `developer`. */
                role: string;
                /** @description A text, or parts. */
                content: string | unknown[];
            } & {
                [key: string]: any;
            }) | ({
                /** @description `function_call`, `function_call_output`, `reasoning`, … */
                type: string;
                /** @description Its id. Another one is made where there is none. */
                id?: string | null;
            } & {
                [key: string]: any;
            }))[] | null;
            /** @description Whatever the caller wants to know of it. */
            metadata?: {
                [key: string]: string;
            } | null;
        };
        ConversationChange: {
            /** @description In the place of what it has. */
            metadata: {
                [key: string]: string;
            } | null;
        };
        Conversation: {
            id: string;
            /** @constant */
            object: "conversation";
            /** @description Unix seconds. */
            created_at: number;
            /** @description As it was sent. */
            metadata: {
                [key: string]: string;
            };
        };
        DeletedConversation: {
            id: string;
            /** @constant */
            object: "conversation.deleted";
            /** @constant */
            deleted: true;
        };
        DeletedConversations: {
            /** @constant */
            object: "list";
            /** @description How many conversations were deleted. */
            deleted: number;
        };
        /** @description An item with all members that it came with. */
        ConversationItem: {
            /** @description As it came, or made where it had none or one that another item has. */
            id: string;
            /** @description `message`, `function_call`, … */
            type: string;
        } & {
            [key: string]: any;
        };
        NewConversationItems: {
            /** @description Are added behind those that are there. */
            items: (({
                /** @description May be left out. */
                type?: "message" | null;
                /** @description Its id. Another one is made where there is none. */
                id?: string | null;
                /** @description `user`, `assistant`, `system`, `developer`. */
                role: string;
                /** @description A text, or parts. */
                content: string | unknown[];
            } & {
                [key: string]: any;
            }) | ({
                /** @description `function_call`, `function_call_output`, `reasoning`, … */
                type: string;
                /** @description Its id. Another one is made where there is none. */
                id?: string | null;
            } & {
                [key: string]: any;
            }))[];
        };
        ConversationItemList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ConversationItem"][];
            /** @description The `id` of the first; null: there is none. */
            first_id: string | null;
            /** @description The `id` of the last, which `after` takes for the next page. */
            last_id: string | null;
            has_more: boolean;
        };
        Webhook: {
            id: string;
            /** @description Unique among the endpoints of its owner. `x-bf-async-webhook` names it. */
            name: string;
            /** @description With https; with http only on this machine, or where `allow_private_network` is true. */
            url: string;
            /** @description Those of its form. */
            events: ("async_job.completed" | "async_job.failed" | "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
            /**
             * @description How its deliveries are written: as Bifrost's, or as the event objects of OpenAI.
             * @enum {string}
             */
            form: "bifrost" | "event";
            /** @description true or false. */
            include_response: boolean;
            /** @description true or false. */
            allow_private_network: boolean;
            /** @description true or false. */
            disabled: boolean;
            /** @description true or false. */
            all_jobs: boolean;
            /**
             * @description When it is tried again: by the numbers below, or by the example of Standard Webhooks, over three days.
             * @enum {string}
             */
            schedule: "exponential" | "standard";
            /** @description a whole number from 1 to 50, as 4, or 0 for the default. */
            max_retries: number;
            /** @description a whole number from 1 to 86400, as 30, or 0 for the default. */
            retry_backoff_initial_seconds: number;
            /** @description a whole number from 1 to 604800, as 1800, or 0 for the default. */
            retry_backoff_max_seconds: number;
            /** @description a whole number from 1 to 300, as 10, or 0 for the default. */
            attempt_timeout_seconds: number;
            /** @description a whole number from 1 to 10240, as 256, or 0 for the default. */
            max_response_payload_kbs: number;
            /** @description a whole number from 1 to 100, as 10, or 0 for the default. */
            max_concurrent_deliveries: number;
            /** @description Sent with every delivery. A value that is sent back hidden stays as it is. */
            headers: {
                [key: string]: {
                    /** @constant */
                    value: "<REDACTED>";
                    /** @constant */
                    type: "plain_text";
                };
            };
            /** @description Why the gateway has turned it off by itself. */
            disabled_reason: string | null;
            /** @description When it has. */
            disabled_at: string | null;
            /** @description Tries that have failed since the last that succeeded. */
            consecutive_failures: number;
            /** @description Since when nothing has succeeded. */
            failing_since: string | null;
            /** @description Null: nothing was delivered yet. */
            last_success_at: string | null;
            /** @description Null: nothing has failed yet. */
            last_failure_at: string | null;
            /** @description How many of its deliveries have not ended. */
            pending_deliveries: number;
            /** @description The end of its secret. */
            secret_hint: string | null;
            /** @description Until when the secret before the last rotation signs too. */
            previous_secret_until: string | null;
            /** @description Whose jobs it is told of; null: everybody's. */
            owner: Record<string, never> | null;
            /** @enum {string} */
            source: "config.json" | "api";
            /** @description Whether it is changed in config.json alone. */
            is_read_only: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
        };
        WebhookRequest: {
            /** @description Unique among the endpoints of its owner. `x-bf-async-webhook` names it. */
            name: string;
            /** @description With https; with http only on this machine, or where `allow_private_network` is true. */
            url: string;
            /** @description Those of its form. */
            events: ("async_job.completed" | "async_job.failed" | "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
            /** @description Sent with every delivery, but for those that the gateway sends itself. */
            headers?: {
                [key: string]: string | {
                    value: string;
                };
            } | null;
            /** @description How its deliveries are written: as Bifrost's, or as the event objects of OpenAI. */
            form?: ("bifrost" | "event") | null;
            /** @description true or false. */
            include_response?: boolean | null;
            /** @description true or false. */
            allow_private_network?: boolean | null;
            /** @description true or false. */
            disabled?: boolean | null;
            /** @description true or false. */
            all_jobs?: boolean | null;
            /** @description When it is tried again: by the numbers below, or by the example of Standard Webhooks, over three days. */
            schedule?: ("exponential" | "standard") | null;
            /** @description a whole number from 1 to 50, as 4, or 0 for the default. */
            max_retries?: number | null;
            /** @description a whole number from 1 to 86400, as 30, or 0 for the default. */
            retry_backoff_initial_seconds?: number | null;
            /** @description a whole number from 1 to 604800, as 1800, or 0 for the default. */
            retry_backoff_max_seconds?: number | null;
            /** @description a whole number from 1 to 300, as 10, or 0 for the default. */
            attempt_timeout_seconds?: number | null;
            /** @description a whole number from 1 to 10240, as 256, or 0 for the default. */
            max_response_payload_kbs?: number | null;
            /** @description a whole number from 1 to 100, as 10, or 0 for the default. */
            max_concurrent_deliveries?: number | null;
            readonly id?: string;
            /** @description Why the gateway has turned it off by itself. */
            readonly disabled_reason?: string | null;
            /** @description When it has. */
            readonly disabled_at?: string | null;
            /** @description Tries that have failed since the last that succeeded. */
            readonly consecutive_failures?: number;
            /** @description Since when nothing has succeeded. */
            readonly failing_since?: string | null;
            /** @description Null: nothing was delivered yet. */
            readonly last_success_at?: string | null;
            /** @description Null: nothing has failed yet. */
            readonly last_failure_at?: string | null;
            /** @description How many of its deliveries have not ended. */
            readonly pending_deliveries?: number;
            /** @description The end of its secret. */
            readonly secret_hint?: string | null;
            /** @description Until when the secret before the last rotation signs too. */
            readonly previous_secret_until?: string | null;
            /** @description Whose jobs it is told of; null: everybody's. */
            readonly owner?: Record<string, never> | null;
            /** @enum {string} */
            readonly source?: "config.json" | "api";
            /** @description Whether it is changed in config.json alone. */
            readonly is_read_only?: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            readonly created_at?: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            readonly updated_at?: string;
            readonly config_hash?: string;
        };
        WebhookChange: {
            /** @description Unique among the endpoints of its owner. `x-bf-async-webhook` names it. */
            name: string;
            /** @description With https; with http only on this machine, or where `allow_private_network` is true. */
            url: string;
            /** @description Those of its form. */
            events: ("async_job.completed" | "async_job.failed" | "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
            /** @description Sent with every delivery, but for those that the gateway sends itself. */
            headers?: {
                [key: string]: string | {
                    value: string;
                };
            } | null;
            /** @description How its deliveries are written: as Bifrost's, or as the event objects of OpenAI. */
            form?: ("bifrost" | "event") | null;
            /** @description true or false. */
            include_response?: boolean | null;
            /** @description true or false. */
            allow_private_network?: boolean | null;
            /** @description true or false. */
            disabled?: boolean | null;
            /** @description true or false. */
            all_jobs?: boolean | null;
            /** @description When it is tried again: by the numbers below, or by the example of Standard Webhooks, over three days. */
            schedule?: ("exponential" | "standard") | null;
            /** @description a whole number from 1 to 50, as 4, or 0 for the default. */
            max_retries?: number | null;
            /** @description a whole number from 1 to 86400, as 30, or 0 for the default. */
            retry_backoff_initial_seconds?: number | null;
            /** @description a whole number from 1 to 604800, as 1800, or 0 for the default. */
            retry_backoff_max_seconds?: number | null;
            /** @description a whole number from 1 to 300, as 10, or 0 for the default. */
            attempt_timeout_seconds?: number | null;
            /** @description a whole number from 1 to 10240, as 256, or 0 for the default. */
            max_response_payload_kbs?: number | null;
            /** @description a whole number from 1 to 100, as 10, or 0 for the default. */
            max_concurrent_deliveries?: number | null;
            readonly id?: string;
            /** @description Why the gateway has turned it off by itself. */
            readonly disabled_reason?: string | null;
            /** @description When it has. */
            readonly disabled_at?: string | null;
            /** @description Tries that have failed since the last that succeeded. */
            readonly consecutive_failures?: number;
            /** @description Since when nothing has succeeded. */
            readonly failing_since?: string | null;
            /** @description Null: nothing was delivered yet. */
            readonly last_success_at?: string | null;
            /** @description Null: nothing has failed yet. */
            readonly last_failure_at?: string | null;
            /** @description How many of its deliveries have not ended. */
            readonly pending_deliveries?: number;
            /** @description The end of its secret. */
            readonly secret_hint?: string | null;
            /** @description Until when the secret before the last rotation signs too. */
            readonly previous_secret_until?: string | null;
            /** @description Whose jobs it is told of; null: everybody's. */
            readonly owner?: Record<string, never> | null;
            /** @enum {string} */
            readonly source?: "config.json" | "api";
            /** @description Whether it is changed in config.json alone. */
            readonly is_read_only?: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            readonly created_at?: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            readonly updated_at?: string;
            readonly config_hash?: string;
        };
        WebhookList: {
            endpoints: components["schemas"]["Webhook"][];
            count: number;
            total_count: number;
            limit: number;
            offset: number;
        };
        WebhookSecret: {
            endpoint: components["schemas"]["Webhook"];
            /** @description `whsec_…`: in this response and nowhere else. */
            secret: string;
        };
        WebhookRotation: {
            /** @description For how long the old secret signs too; 0: it does not. */
            keep_previous_hours?: number;
        };
        WebhookTestRequest: {
            /** @enum {string} */
            event?: "async_job.completed" | "async_job.failed" | "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled";
        };
        WebhookTest: {
            delivered: boolean;
            /** @description Absent: no answer came. */
            receiver_status_code?: number;
            error?: string;
            webhook_id: string;
            /** @description `test-` and a UUID: there is no such job. */
            job_id: string;
            duration_ms: number;
        };
        WebhookRemoval: {
            /** @constant */
            status: "success";
        };
        WebhookDeliveryList: {
            /** @description The tries of the deliveries of this page, the newest first. */
            deliveries: {
                /** @description What `redeliver` takes. */
                id: string;
                /** @description The header `webhook-id`, the same in all tries. */
                webhook_id: string;
                endpoint_id: string;
                /** @description The job whose end it tells; null: a batch. */
                async_job_id: string | null;
                /** @description The id of the request that made the job; of a batch its own id. */
                request_id: string;
                /** @enum {string} */
                event: "async_job.completed" | "async_job.failed" | "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled";
                /** @description Counted from 1. */
                attempt_no: number;
                /** @enum {string} */
                outcome: "delivered" | "retryable_failure" | "permanent_failure" | "exhausted";
                /** @description Absent: no answer came. */
                status_code?: number;
                /** @description What went wrong, with the beginning of the answer. */
                error?: string;
                duration_ms: number;
                /**
                 * Format: date-time
                 * @description When it was sent.
                 */
                created_at: string;
            }[];
            /** @description The deliveries themselves, also those that were not tried yet. */
            groups: {
                webhook_id: string;
                endpoint_id: string;
                endpoint_name: string;
                /** @description The job whose end it tells; null: a batch. */
                async_job_id: string | null;
                /** @description The id of the request that made the job; of a batch its own id. */
                request_id: string;
                /** @description `batch` of a batch. */
                request_type: string;
                /** @enum {string} */
                event: "async_job.completed" | "async_job.failed" | "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled";
                /** @enum {string} */
                state: "pending" | "delivered" | "failed" | "exhausted";
                /** @description How many tries there were. */
                attempts: number;
                /** @description When it is due; null: it has ended. */
                next_attempt_at: string | null;
                /**
                 * Format: date-time
                 * @description When the job or the batch ended.
                 */
                created_at: string;
                /** @description Null: it is pending. */
                ended_at: string | null;
            }[];
            pagination: {
                limit: number;
                offset: number;
                /** @description How many deliveries match. */
                total_count: number;
            };
        };
        WebhookRedelivery: {
            /** @constant */
            status: "queued";
            webhook_id: string;
        };
        WebhookEventTypes: {
            /** @constant */
            object: "list";
            data: string[];
        };
        WebhookEndpoint: {
            id: string;
            /** @constant */
            object: "webhook_endpoint";
            name: string;
            url: string;
            event_types: ("response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
            /** @description When it was made. Unix seconds. */
            created_at: number;
            /** @description When it or its secret was last changed. Unix seconds. */
            updated_at: number;
            /** @description The end of its secret. */
            signing_secret_hint: string | null;
        };
        WebhookEndpointWithSecret: {
            id: string;
            /** @constant */
            object: "webhook_endpoint";
            name: string;
            url: string;
            event_types: ("response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
            /** @description When it was made. Unix seconds. */
            created_at: number;
            /** @description When it or its secret was last changed. Unix seconds. */
            updated_at: number;
            /** @description The end of its secret. */
            signing_secret_hint: string | null;
            /** @description `whsec_…`: in this response and nowhere else. */
            signing_secret: string;
        };
        WebhookEndpointRequest: {
            /** @description Unique among the endpoints of its owner. `x-bf-async-webhook` names it. */
            name: string;
            /** @description With https; on this machine also with http. */
            url: string;
            /** @description What it is told of. */
            event_types: ("response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
        };
        WebhookEndpointChange: {
            /** @description Unique among the endpoints of its owner. `x-bf-async-webhook` names it. */
            name?: string;
            /** @description With https; on this machine also with http. */
            url?: string;
            /** @description What it is told of. */
            event_types?: ("response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
        };
        WebhookEndpointList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["WebhookEndpoint"][];
            /** @description The `id` of the first; null: there is none. */
            first_id: string | null;
            /** @description The `id` of the last, which `after` takes for the next page. */
            last_id: string | null;
            has_more: boolean;
        };
        WebhookEndpointRotation: {
            /** @description False by default. */
            keep_old_secret_active_for_24_hours?: boolean | null;
        };
        WebhookEndpointTestRequest: {
            /** @enum {string} */
            event_type: "response.completed" | "response.failed" | "response.cancelled" | "response.incomplete" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled";
        };
        WebhookEndpointTest: {
            /** @constant */
            object: "webhook_endpoint.test";
            webhook_endpoint_id: string;
            event_type: string;
            status_code: number;
            /** @constant */
            success: true;
        };
        DeletedWebhookEndpoint: {
            id: string;
            /** @constant */
            object: "webhook_endpoint.deleted";
            /** @constant */
            deleted: true;
        };
        BulkRequest: {
            /**
             * @description `cancel` ends jobs that have not ended; `delete` removes jobs in any state that the filter allows, with their requests and results; `retry` makes a new job of the request of each that has failed or was cancelled.
             * @enum {string}
             */
            action: "cancel" | "delete" | "retry";
            /** @description The filters of a list of jobs. A job must match all of them. */
            filter?: {
                /**
                 * @description Only jobs of this status.
                 * @enum {string}
                 */
                status?: "pending" | "processing" | "completed" | "failed";
                /**
                 * @description Only jobs in this state.
                 * @enum {string}
                 */
                state?: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";
                /**
                 * @description Only jobs of this request type.
                 * @enum {string}
                 */
                type?: "text_completion" | "chat_completion" | "responses" | "count_tokens" | "embedding" | "speech" | "transcription" | "image_generation" | "image_edit" | "image_variation" | "rerank" | "ocr";
                /** @description Only jobs of this provider. */
                provider?: string;
                /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
                model?: string;
                /** @description Only jobs of the virtual key with this id. For the admin alone. */
                owner?: string;
                /** @description Only jobs with this code in their error: one of this gateway, or the provider's own. */
                error_code?: string;
                /** @description Only jobs whose last attempt used the provider key of this name. */
                key?: string;
                /**
                 * @description Only jobs of this priority.
                 * @enum {string}
                 */
                priority?: "low" | "normal" | "high";
                /** @description Only jobs that have cost at least so many US dollars. */
                min_cost?: number;
                /** @description Only jobs that repeat the request of this one. */
                origin?: string;
                /** @description Only jobs of the batch with this `id`. */
                batch?: string;
                /** @description Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address. */
                idempotency_key?: string;
                /** @description Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider. */
                search?: string;
                /** @description Only jobs accepted then or later. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_after?: string;
                /** @description Only jobs accepted earlier. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_before?: string;
            };
            /** @description With `retry`: the `provider/model` of the new jobs; without it each has that of its job. */
            model?: string;
            /** @description Only counts the jobs that match now, and changes none. */
            count_only?: boolean;
            /** @description Must be true where the filter is empty. */
            all?: boolean;
        };
        BulkCount: {
            /** @constant */
            object: "bulk_count";
            /**
             * @description `cancel` ends jobs that have not ended; `delete` removes jobs in any state that the filter allows, with their requests and results; `retry` makes a new job of the request of each that has failed or was cancelled.
             * @enum {string}
             */
            action: "cancel" | "delete" | "retry";
            /** @description The filters of a list of jobs. A job must match all of them. */
            filter: {
                /**
                 * @description Only jobs of this status.
                 * @enum {string}
                 */
                status?: "pending" | "processing" | "completed" | "failed";
                /**
                 * @description Only jobs in this state.
                 * @enum {string}
                 */
                state?: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";
                /**
                 * @description Only jobs of this request type.
                 * @enum {string}
                 */
                type?: "text_completion" | "chat_completion" | "responses" | "count_tokens" | "embedding" | "speech" | "transcription" | "image_generation" | "image_edit" | "image_variation" | "rerank" | "ocr";
                /** @description Only jobs of this provider. */
                provider?: string;
                /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
                model?: string;
                /** @description Only jobs of the virtual key with this id. For the admin alone. */
                owner?: string;
                /** @description Only jobs with this code in their error: one of this gateway, or the provider's own. */
                error_code?: string;
                /** @description Only jobs whose last attempt used the provider key of this name. */
                key?: string;
                /**
                 * @description Only jobs of this priority.
                 * @enum {string}
                 */
                priority?: "low" | "normal" | "high";
                /** @description Only jobs that have cost at least so many US dollars. */
                min_cost?: number;
                /** @description Only jobs that repeat the request of this one. */
                origin?: string;
                /** @description Only jobs of the batch with this `id`. */
                batch?: string;
                /** @description Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address. */
                idempotency_key?: string;
                /** @description Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider. */
                search?: string;
                /** @description Only jobs accepted then or later. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_after?: string;
                /** @description Only jobs accepted earlier. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_before?: string;
            };
            /** @description How many jobs match. */
            count: number;
            /** @description What they have cost so far, in US dollars, which for `retry` is an estimate; null where that is not known. */
            cost_usd: number | null;
        };
        BulkOperation: {
            /** Format: uuid */
            id: string;
            /** @constant */
            object: "bulk_operation";
            /**
             * @description `cancel` ends jobs that have not ended; `delete` removes jobs in any state that the filter allows, with their requests and results; `retry` makes a new job of the request of each that has failed or was cancelled.
             * @enum {string}
             */
            action: "cancel" | "delete" | "retry";
            /** @description The filters of a list of jobs. A job must match all of them. */
            filter: {
                /**
                 * @description Only jobs of this status.
                 * @enum {string}
                 */
                status?: "pending" | "processing" | "completed" | "failed";
                /**
                 * @description Only jobs in this state.
                 * @enum {string}
                 */
                state?: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";
                /**
                 * @description Only jobs of this request type.
                 * @enum {string}
                 */
                type?: "text_completion" | "chat_completion" | "responses" | "count_tokens" | "embedding" | "speech" | "transcription" | "image_generation" | "image_edit" | "image_variation" | "rerank" | "ocr";
                /** @description Only jobs of this provider. */
                provider?: string;
                /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
                model?: string;
                /** @description Only jobs of the virtual key with this id. For the admin alone. */
                owner?: string;
                /** @description Only jobs with this code in their error: one of this gateway, or the provider's own. */
                error_code?: string;
                /** @description Only jobs whose last attempt used the provider key of this name. */
                key?: string;
                /**
                 * @description Only jobs of this priority.
                 * @enum {string}
                 */
                priority?: "low" | "normal" | "high";
                /** @description Only jobs that have cost at least so many US dollars. */
                min_cost?: number;
                /** @description Only jobs that repeat the request of this one. */
                origin?: string;
                /** @description Only jobs of the batch with this `id`. */
                batch?: string;
                /** @description Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address. */
                idempotency_key?: string;
                /** @description Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider. */
                search?: string;
                /** @description Only jobs accepted then or later. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_after?: string;
                /** @description Only jobs accepted earlier. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_before?: string;
            };
            /**
             * Format: date-time
             * @description The moment at which the jobs matched. Later jobs are never changed.
             */
            created_before: string;
            /** @enum {string} */
            status: "running" | "completed" | "aborted" | "failed";
            /** @description How many jobs matched at that moment. */
            total: number;
            /** @description How many jobs were changed, or made anew. */
            done: number;
            /** @description How many had ended, changed or gone before their turn. */
            skipped: number;
            /** @description How many could not be changed. */
            failed: number;
            /** @description Why the operation failed, or the first of the jobs that are counted as `failed`. */
            error: {
                code: string;
                message: string;
            } | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            created_at: string;
            /** @description Null while it is running. */
            ended_at: string | null;
        };
        BulkList: {
            /** @constant */
            object: "list";
            /** @description The newest first. */
            data: components["schemas"]["BulkOperation"][];
        };
        TextCompletionRequest: components["schemas"]["Routing"] & ({
            /** @description One text, a list of texts, a list of tokens, or a list of token lists. */
            prompt: string | unknown[];
            /** @description Streaming is not supported for async jobs. */
            stream?: false | null;
            /** @description What comes after the inserted text. */
            suffix?: string | null;
            /** @description Upper bound of generated tokens. */
            max_tokens?: number | null;
            /** @description Sampling temperature, usually 0 to 2. */
            temperature?: number | null;
            /** @description Nucleus sampling: the probability mass to sample from. */
            top_p?: number | null;
            /** @description Where to stop. */
            stop?: string | string[] | null;
            /** @description For repeatable sampling, as far as the provider can. */
            seed?: number | null;
            /** @description -2 to 2. */
            frequency_penalty?: number | null;
            /** @description -2 to 2. */
            presence_penalty?: number | null;
            /** @description Token id to bias. */
            logit_bias?: {
                [key: string]: number;
            } | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description How many choices to make for each prompt. */
            n?: number | null;
            /** @description How many completions to generate, of which the best is returned. */
            best_of?: number | null;
            /** @description Repeat the prompt in front of the completion. */
            echo?: boolean | null;
            /** @description How many likely tokens to return log probabilities for. */
            logprobs?: number | null;
        } & {
            [key: string]: any;
        });
        TextCompletionCall: components["schemas"]["Routing"] & ({
            /** @description One text, a list of texts, a list of tokens, or a list of token lists. */
            prompt: string | unknown[];
            stream?: boolean | null;
            /** @description What comes after the inserted text. */
            suffix?: string | null;
            /** @description Upper bound of generated tokens. */
            max_tokens?: number | null;
            /** @description Sampling temperature, usually 0 to 2. */
            temperature?: number | null;
            /** @description Nucleus sampling: the probability mass to sample from. */
            top_p?: number | null;
            /** @description Where to stop. */
            stop?: string | string[] | null;
            /** @description For repeatable sampling, as far as the provider can. */
            seed?: number | null;
            /** @description -2 to 2. */
            frequency_penalty?: number | null;
            /** @description -2 to 2. */
            presence_penalty?: number | null;
            /** @description Token id to bias. */
            logit_bias?: {
                [key: string]: number;
            } | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description How many choices to make for each prompt. */
            n?: number | null;
            /** @description How many completions to generate, of which the best is returned. */
            best_of?: number | null;
            /** @description Repeat the prompt in front of the completion. */
            echo?: boolean | null;
            /** @description How many likely tokens to return log probabilities for. */
            logprobs?: number | null;
        } & {
            [key: string]: any;
        });
        TextCompletionResult: ({
            choices: ({
                text: string;
                index?: number;
                logprobs?: unknown;
                /** @description stop, length, … */
                finish_reason?: unknown;
            } & {
                [key: string]: any;
            })[];
            id?: string;
            object?: string;
            /** @description Seconds since 1970. */
            created?: number;
            model?: string;
            usage?: {
                prompt_tokens?: number;
                completion_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: text completion. */
        TextCompletionJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["TextCompletionResult"];
        }) | components["schemas"]["FailedJob"];
        ChatCompletionRequest: components["schemas"]["Routing"] & ({
            /** @description The conversation so far. */
            messages: ({
                /** @description developer, system, user, assistant or tool. */
                role: string;
                /** @description Text, or a list of content parts. */
                content?: unknown;
            } & {
                [key: string]: any;
            })[];
            /** @description Streaming is not supported for async jobs. */
            stream?: false | null;
            /** @description Sampling temperature, usually 0 to 2. */
            temperature?: number | null;
            /** @description Nucleus sampling: the probability mass to sample from. */
            top_p?: number | null;
            /** @description Where to stop. */
            stop?: string | string[] | null;
            /** @description For repeatable sampling, as far as the provider can. */
            seed?: number | null;
            /** @description -2 to 2. */
            frequency_penalty?: number | null;
            /** @description -2 to 2. */
            presence_penalty?: number | null;
            /** @description Token id to bias. */
            logit_bias?: {
                [key: string]: number;
            } | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description How many choices to make. */
            n?: number | null;
            /** @description Upper bound of generated tokens, reasoning included. */
            max_completion_tokens?: number | null;
            /** @description The older name of max_completion_tokens, which many servers still want. */
            max_tokens?: number | null;
            /** @description Return log probabilities. */
            logprobs?: boolean | null;
            /** @description How many alternatives per token. */
            top_logprobs?: number | null;
            /** @description The format of the response. */
            response_format?: ({
                /** @description text, json_object or json_schema. */
                type: string;
            } & {
                [key: string]: any;
            }) | null;
            /** @description Tools the model may call. */
            tools?: ({
                type: string;
            } & {
                [key: string]: any;
            })[] | null;
            /** @description none, auto, required, or one named tool. */
            tool_choice?: unknown;
            /** @description Whether several tools may be called at once. */
            parallel_tool_calls?: boolean | null;
            /** @description none, minimal, low, medium, high, … */
            reasoning_effort?: string | null;
            /** @description auto, default, flex, priority, … */
            service_tier?: string | null;
            /** @description text, audio. */
            modalities?: string[] | null;
            /** @description Voice and format of an audio response. */
            audio?: {
                [key: string]: any;
            } | null;
            /** @description Predicted content. */
            prediction?: {
                [key: string]: any;
            } | null;
            /** @description Options of the web search tool. */
            web_search_options?: {
                [key: string]: any;
            } | null;
            /** @description Whether the provider keeps the completion. */
            store?: boolean | null;
            /** @description Up to 16 pairs kept by the provider. */
            metadata?: {
                [key: string]: string;
            } | null;
            /** @description low, medium, high. */
            verbosity?: string | null;
        } & {
            [key: string]: any;
        });
        ChatCompletionCall: components["schemas"]["Routing"] & ({
            /** @description The conversation so far. */
            messages: ({
                /** @description developer, system, user, assistant or tool. */
                role: string;
                /** @description Text, or a list of content parts. */
                content?: unknown;
            } & {
                [key: string]: any;
            })[];
            stream?: boolean | null;
            /** @description Sampling temperature, usually 0 to 2. */
            temperature?: number | null;
            /** @description Nucleus sampling: the probability mass to sample from. */
            top_p?: number | null;
            /** @description Where to stop. */
            stop?: string | string[] | null;
            /** @description For repeatable sampling, as far as the provider can. */
            seed?: number | null;
            /** @description -2 to 2. */
            frequency_penalty?: number | null;
            /** @description -2 to 2. */
            presence_penalty?: number | null;
            /** @description Token id to bias. */
            logit_bias?: {
                [key: string]: number;
            } | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description How many choices to make. */
            n?: number | null;
            /** @description Upper bound of generated tokens, reasoning included. */
            max_completion_tokens?: number | null;
            /** @description The older name of max_completion_tokens, which many servers still want. */
            max_tokens?: number | null;
            /** @description Return log probabilities. */
            logprobs?: boolean | null;
            /** @description How many alternatives per token. */
            top_logprobs?: number | null;
            /** @description The format of the response. */
            response_format?: ({
                /** @description text, json_object or json_schema. */
                type: string;
            } & {
                [key: string]: any;
            }) | null;
            /** @description Tools the model may call. */
            tools?: ({
                type: string;
            } & {
                [key: string]: any;
            })[] | null;
            /** @description none, auto, required, or one named tool. */
            tool_choice?: unknown;
            /** @description Whether several tools may be called at once. */
            parallel_tool_calls?: boolean | null;
            /** @description none, minimal, low, medium, high, … */
            reasoning_effort?: string | null;
            /** @description auto, default, flex, priority, … */
            service_tier?: string | null;
            /** @description text, audio. */
            modalities?: string[] | null;
            /** @description Voice and format of an audio response. */
            audio?: {
                [key: string]: any;
            } | null;
            /** @description Predicted content. */
            prediction?: {
                [key: string]: any;
            } | null;
            /** @description Options of the web search tool. */
            web_search_options?: {
                [key: string]: any;
            } | null;
            /** @description Whether the provider keeps the completion. */
            store?: boolean | null;
            /** @description Up to 16 pairs kept by the provider. */
            metadata?: {
                [key: string]: string;
            } | null;
            /** @description low, medium, high. */
            verbosity?: string | null;
        } & {
            [key: string]: any;
        });
        ChatCompletionResult: ({
            choices: ({
                index?: number;
                message?: {
                    role: string;
                    /** @description Text, or null where tools are called instead. */
                    content?: unknown;
                } & {
                    [key: string]: any;
                };
                /** @description stop, length, tool_calls, … */
                finish_reason?: unknown;
            } & {
                [key: string]: any;
            })[];
            id?: string;
            object?: string;
            /** @description Seconds since 1970. */
            created?: number;
            model?: string;
            usage?: {
                prompt_tokens?: number;
                completion_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: chat completion. */
        ChatCompletionJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["ChatCompletionResult"];
        }) | components["schemas"]["FailedJob"];
        ResponsesRequest: components["schemas"]["Routing"] & ({
            /** @description A text, or a list of items: messages, results of tools, … */
            input: string | unknown[];
            /** @description Streaming is not supported for async jobs. */
            stream?: false | null;
            /** @description At /v1/responses the response comes at once, and is retrieved later. At /v1/async it changes nothing. Sent only to a provider that resumes streams, with `stream: true` and without `store: false`. */
            background?: boolean | null;
            /** @description Of effect at /v1/responses with `background: true` alone. Not sent to the provider. */
            background_options?: ({
                /**
                 * @description `2h` and `8h`: at low priority, and failed after that time.
                 * @enum {string}
                 */
                completion_window?: "soonest" | "2h" | "8h";
                /** @description Accepted, and without an effect. */
                continuation_id?: string;
            } & {
                [key: string]: any;
            }) | null;
            /** @description A system message in front of the input. */
            instructions?: string | null;
            /** @description Upper bound of generated tokens, reasoning included. */
            max_output_tokens?: number | null;
            /** @description Upper bound of calls to built-in tools. */
            max_tool_calls?: number | null;
            /** @description Sampling temperature, usually 0 to 2. */
            temperature?: number | null;
            /** @description Nucleus sampling: the probability mass to sample from. */
            top_p?: number | null;
            /** @description How many alternatives per token. */
            top_logprobs?: number | null;
            /** @description Effort and summary of the reasoning. */
            reasoning?: {
                [key: string]: any;
            } | null;
            /** @description Format and verbosity of the text. */
            text?: {
                [key: string]: any;
            } | null;
            /** @description Tools the model may call. */
            tools?: ({
                type: string;
            } & {
                [key: string]: any;
            })[] | null;
            /** @description none, auto, required, or one named tool. */
            tool_choice?: unknown;
            /** @description Whether several tools may be called at once. */
            parallel_tool_calls?: boolean | null;
            /** @description The response that this one continues. */
            previous_response_id?: string | null;
            /** @description The conversation that this is a turn of, as its id or `{id}`: one of this gateway, for any provider, or the provider's own. */
            conversation?: unknown;
            /** @description Further output to include. */
            include?: string[] | null;
            /** @description A prompt template kept by the provider, and its variables. */
            prompt?: {
                [key: string]: any;
            } | null;
            /** @description auto, disabled. */
            truncation?: string | null;
            /** @description Whether the provider keeps the response. */
            store?: boolean | null;
            /** @description Up to 16 pairs kept by the provider. */
            metadata?: {
                [key: string]: string;
            } | null;
            /** @description auto, default, flex, priority, … */
            service_tier?: string | null;
            /** @description Groups requests that share a cached beginning. */
            prompt_cache_key?: string | null;
            /** @description A stable id of the end user, for abuse detection. */
            safety_identifier?: string | null;
            /** @description The older name of safety_identifier and prompt_cache_key. */
            user?: string | null;
        } & {
            [key: string]: any;
        });
        ResponsesCall: components["schemas"]["Routing"] & ({
            /** @description A text, or a list of items: messages, results of tools, … */
            input: string | unknown[];
            stream?: boolean | null;
            /** @description At /v1/responses the response comes at once, and is retrieved later. At /v1/async it changes nothing. Sent only to a provider that resumes streams, with `stream: true` and without `store: false`. */
            background?: boolean | null;
            /** @description Of effect at /v1/responses with `background: true` alone. Not sent to the provider. */
            background_options?: ({
                /**
                 * @description `2h` and `8h`: at low priority, and failed after that time.
                 * @enum {string}
                 */
                completion_window?: "soonest" | "2h" | "8h";
                /** @description Accepted, and without an effect. */
                continuation_id?: string;
            } & {
                [key: string]: any;
            }) | null;
            /** @description A system message in front of the input. */
            instructions?: string | null;
            /** @description Upper bound of generated tokens, reasoning included. */
            max_output_tokens?: number | null;
            /** @description Upper bound of calls to built-in tools. */
            max_tool_calls?: number | null;
            /** @description Sampling temperature, usually 0 to 2. */
            temperature?: number | null;
            /** @description Nucleus sampling: the probability mass to sample from. */
            top_p?: number | null;
            /** @description How many alternatives per token. */
            top_logprobs?: number | null;
            /** @description Effort and summary of the reasoning. */
            reasoning?: {
                [key: string]: any;
            } | null;
            /** @description Format and verbosity of the text. */
            text?: {
                [key: string]: any;
            } | null;
            /** @description Tools the model may call. */
            tools?: ({
                type: string;
            } & {
                [key: string]: any;
            })[] | null;
            /** @description none, auto, required, or one named tool. */
            tool_choice?: unknown;
            /** @description Whether several tools may be called at once. */
            parallel_tool_calls?: boolean | null;
            /** @description The response that this one continues. */
            previous_response_id?: string | null;
            /** @description The conversation that this is a turn of, as its id or `{id}`: one of this gateway, for any provider, or the provider's own. */
            conversation?: unknown;
            /** @description Further output to include. */
            include?: string[] | null;
            /** @description A prompt template kept by the provider, and its variables. */
            prompt?: {
                [key: string]: any;
            } | null;
            /** @description auto, disabled. */
            truncation?: string | null;
            /** @description Whether the provider keeps the response. */
            store?: boolean | null;
            /** @description Up to 16 pairs kept by the provider. */
            metadata?: {
                [key: string]: string;
            } | null;
            /** @description auto, default, flex, priority, … */
            service_tier?: string | null;
            /** @description Groups requests that share a cached beginning. */
            prompt_cache_key?: string | null;
            /** @description A stable id of the end user, for abuse detection. */
            safety_identifier?: string | null;
            /** @description The older name of safety_identifier and prompt_cache_key. */
            user?: string | null;
        } & {
            [key: string]: any;
        });
        ResponsesResult: ({
            id?: string;
            object?: string;
            /** @description Seconds since 1970. */
            created_at?: number;
            /** @description completed, incomplete, failed, … */
            status?: string;
            model?: string;
            output?: ({
                /** @description message, reasoning, function_call, … */
                type: string;
                id?: string;
                status?: string;
                role?: string;
                content?: ({
                    type: string;
                    text?: string;
                    annotations?: unknown[];
                } & {
                    [key: string]: any;
                })[];
            } & {
                [key: string]: any;
            })[];
            usage?: {
                input_tokens?: number;
                output_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: response. */
        ResponsesJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["ResponsesResult"];
        }) | components["schemas"]["FailedJob"];
        CountTokensRequest: components["schemas"]["Routing"] & ({
            /** @description A text, or a list of items: messages, results of tools, … */
            input: string | unknown[];
            /** @description A system message in front of the input. */
            instructions?: string | null;
            /** @description Tools the model may call. */
            tools?: ({
                type: string;
            } & {
                [key: string]: any;
            })[] | null;
            /** @description none, auto, required, or one named tool. */
            tool_choice?: unknown;
            /** @description Whether several tools may be called at once. */
            parallel_tool_calls?: boolean | null;
            /** @description Effort and summary of the reasoning. */
            reasoning?: {
                [key: string]: any;
            } | null;
            /** @description Format and verbosity of the text. */
            text?: {
                [key: string]: any;
            } | null;
            /** @description auto, disabled. */
            truncation?: string | null;
            /** @description The response that the input continues: it counts too. */
            previous_response_id?: string | null;
            /** @description The conversation before the input, as its id or `{id}`: it counts too, and nothing is added to it. */
            conversation?: unknown;
        } & {
            [key: string]: any;
        });
        CountTokensResult: ({
            input_tokens: number;
            object?: string;
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: count of tokens. */
        CountTokensJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["CountTokensResult"];
        }) | components["schemas"]["FailedJob"];
        EmbeddingRequest: components["schemas"]["Routing"] & ({
            /** @description One text, a list of texts, a list of tokens, or a list of token lists. */
            input: string | unknown[];
            /** @description The length of the vectors, where the model can vary it. */
            dimensions?: number | null;
            /** @description float, base64. */
            encoding_format?: string | null;
            /** @description A stable id of the end user. */
            user?: string | null;
        } & {
            [key: string]: any;
        });
        EmbeddingResult: ({
            data: ({
                object?: string;
                /** @description Which input it belongs to. */
                index?: number;
                /** @description The vector, or its bytes as base64. */
                embedding: number[] | string;
            } & {
                [key: string]: any;
            })[];
            object?: string;
            model?: string;
            usage?: {
                prompt_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: embedding. */
        EmbeddingJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["EmbeddingResult"];
        }) | components["schemas"]["FailedJob"];
        SpeechRequest: components["schemas"]["Routing"] & ({
            /** @description The text to say. */
            input: string;
            /** @description mp3 (default), opus, aac, flac, wav, pcm. */
            response_format?: string | null;
            /** @description audio; sse is refused, because streaming is not supported for async jobs. */
            stream_format?: string | null;
            /** @description The voice's name, or an object that names one. Providers that have a voice of their own do without. */
            voice: string | {
                [key: string]: any;
            };
            /** @description How to say it: tone, pace, accent. */
            instructions?: string | null;
            /** @description 0.25 to 4; 1 is the default. */
            speed?: number | null;
        } & {
            [key: string]: any;
        });
        SpeechCall: components["schemas"]["Routing"] & ({
            /** @description The text to say. */
            input: string;
            /** @description mp3 (default), opus, aac, flac, wav, pcm. */
            response_format?: string | null;
            stream_format?: string | null;
            /** @description The voice's name, or an object that names one. Providers that have a voice of their own do without. */
            voice: string | {
                [key: string]: any;
            };
            /** @description How to say it: tone, pace, accent. */
            instructions?: string | null;
            /** @description 0.25 to 4; 1 is the default. */
            speed?: number | null;
        } & {
            [key: string]: any;
        });
        SpeechResult: ({
            /** @description The audio as base64. Its bytes can be downloaded at the job's `/content`. */
            audio: string;
            usage?: null;
            /** @description As in the request. */
            response_format?: string;
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: speech. */
        SpeechJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["SpeechResult"];
        }) | components["schemas"]["FailedJob"];
        /** @description OpenAI's transcription request; unknown fields pass through. */
        TranscriptionRequest: {
            /**
             * @description `provider/model`, split at the first slash.
             * @example mock/whisper
             */
            model: string;
            /** @description Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the error of the first. One of them, or a JSON list. */
            fallbacks?: string;
            /**
             * Format: binary
             * @description The sound to write down.
             */
            file: Blob;
            /** @description The language that is spoken, as an ISO 639-1 code. */
            language?: string;
            /** @description Words and names to expect, or what was said before. */
            prompt?: string;
            /**
             * @description json, text, srt, verbose_json, vtt, diarized_json.
             * @example json
             */
            response_format?: string;
            /** @description Sampling temperature, 0 to 1. */
            temperature?: number;
            /** @description word, segment; with verbose_json. */
            "timestamp_granularities[]"?: string[];
            /** @description logprobs. */
            "include[]"?: string[];
            /** @description auto, or a JSON object that says how to split the audio. */
            chunking_strategy?: string;
            /** @description Names of the speakers. */
            "known_speaker_names[]"?: string[];
            /** @description Samples of their voices, as data URLs. */
            "known_speaker_references[]"?: string[];
            /**
             * @description Streaming is not supported for async jobs.
             * @constant
             */
            stream?: false;
        } & {
            [key: string]: any;
        };
        /** @description OpenAI's transcription request; unknown fields pass through. */
        TranscriptionCall: {
            /**
             * @description `provider/model`, split at the first slash.
             * @example mock/whisper
             */
            model: string;
            /** @description Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the error of the first. One of them, or a JSON list. */
            fallbacks?: string;
            /**
             * Format: binary
             * @description The sound to write down.
             */
            file: Blob;
            /** @description The language that is spoken, as an ISO 639-1 code. */
            language?: string;
            /** @description Words and names to expect, or what was said before. */
            prompt?: string;
            /**
             * @description json, text, srt, verbose_json, vtt, diarized_json.
             * @example json
             */
            response_format?: string;
            /** @description Sampling temperature, 0 to 1. */
            temperature?: number;
            /** @description word, segment; with verbose_json. */
            "timestamp_granularities[]"?: string[];
            /** @description logprobs. */
            "include[]"?: string[];
            /** @description auto, or a JSON object that says how to split the audio. */
            chunking_strategy?: string;
            /** @description Names of the speakers. */
            "known_speaker_names[]"?: string[];
            /** @description Samples of their voices, as data URLs. */
            "known_speaker_references[]"?: string[];
            stream?: boolean | null;
        } & {
            [key: string]: any;
        };
        TranscriptionResult: ({
            /** @description The transcript; for the formats text, srt and vtt the whole response. */
            text: string;
            language?: string;
            /** @description Seconds. */
            duration?: number;
            segments?: unknown[];
            words?: unknown[];
            usage?: {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: transcription. */
        TranscriptionJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["TranscriptionResult"];
        }) | components["schemas"]["FailedJob"];
        ImageGenerationRequest: components["schemas"]["Routing"] & ({
            /** @description What to make an image of. */
            prompt: string;
            /** @description Streaming is not supported for async jobs. */
            stream?: false | null;
            /** @description How many images to make. */
            n?: number | null;
            /** @description Width x height, as 1024x1024, or auto. */
            size?: string | null;
            /** @description url, b64_json; where the model can choose. */
            response_format?: string | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description transparent, opaque, auto. */
            background?: string | null;
            /** @description auto, low, medium, high, standard, hd; depends on the model. */
            quality?: string | null;
            /** @description png, jpeg, webp. */
            output_format?: string | null;
            /** @description 0 to 100 percent, for jpeg and webp. */
            output_compression?: number | null;
            /** @description For streams only. */
            partial_images?: number | null;
            /** @description auto, low. */
            moderation?: string | null;
            /** @description vivid, natural. */
            style?: string | null;
        } & {
            [key: string]: any;
        });
        ImageGenerationCall: components["schemas"]["Routing"] & ({
            /** @description What to make an image of. */
            prompt: string;
            stream?: boolean | null;
            /** @description How many images to make. */
            n?: number | null;
            /** @description Width x height, as 1024x1024, or auto. */
            size?: string | null;
            /** @description url, b64_json; where the model can choose. */
            response_format?: string | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description transparent, opaque, auto. */
            background?: string | null;
            /** @description auto, low, medium, high, standard, hd; depends on the model. */
            quality?: string | null;
            /** @description png, jpeg, webp. */
            output_format?: string | null;
            /** @description 0 to 100 percent, for jpeg and webp. */
            output_compression?: number | null;
            /** @description For streams only. */
            partial_images?: number | null;
            /** @description auto, low. */
            moderation?: string | null;
            /** @description vivid, natural. */
            style?: string | null;
        } & {
            [key: string]: any;
        });
        ImageGenerationResult: ({
            data: ({
                /** @description The address of the image at the provider, which expires. */
                url?: string;
                /** @description The image itself, as base64. */
                b64_json?: string;
                /** @description The prompt as the model rewrote it. */
                revised_prompt?: string;
            } & {
                [key: string]: any;
            })[];
            /** @description Seconds since 1970. */
            created?: number;
            background?: string;
            output_format?: string;
            quality?: string;
            size?: string;
            usage?: {
                input_tokens?: number;
                output_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: image generation. */
        ImageGenerationJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["ImageGenerationResult"];
        }) | components["schemas"]["FailedJob"];
        ImageEditRequest: components["schemas"]["Routing"] & (({
            /** @description What to make of it. */
            prompt?: string | null;
            /** @description What to edit: an address or base64 text, an object with `image_url`, or a list of them. */
            image?: string | unknown[] | {
                [key: string]: any;
            } | null;
            /** @description What to edit: an address or base64 text, an object with `image_url`, or a list of them. */
            images?: string | unknown[] | {
                [key: string]: any;
            } | null;
            /** @description Streaming is not supported for async jobs. */
            stream?: false | null;
            /** @description How many images to make. */
            n?: number | null;
            /** @description Width x height, as 1024x1024, or auto. */
            size?: string | null;
            /** @description url, b64_json; where the model can choose. */
            response_format?: string | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description transparent, opaque, auto. */
            background?: string | null;
            /** @description auto, low, medium, high, standard, hd; depends on the model. */
            quality?: string | null;
            /** @description png, jpeg, webp. */
            output_format?: string | null;
            /** @description 0 to 100 percent, for jpeg and webp. */
            output_compression?: number | null;
            /** @description For streams only. */
            partial_images?: number | null;
            /** @description high, low: how closely to keep to the image. */
            input_fidelity?: string | null;
            /** @description An image whose transparent parts show where to edit, given as `image` is. */
            mask?: unknown;
        } & {
            [key: string]: any;
        }) & (({
            image: string | {
                [key: string]: any;
            } | unknown[];
        } & {
            [key: string]: any;
        }) | ({
            images: string | {
                [key: string]: any;
            } | unknown[];
        } & {
            [key: string]: any;
        })));
        ImageEditCall: components["schemas"]["Routing"] & (({
            /** @description What to make of it. */
            prompt?: string | null;
            /** @description What to edit: an address or base64 text, an object with `image_url`, or a list of them. */
            image?: string | unknown[] | {
                [key: string]: any;
            } | null;
            /** @description What to edit: an address or base64 text, an object with `image_url`, or a list of them. */
            images?: string | unknown[] | {
                [key: string]: any;
            } | null;
            stream?: boolean | null;
            /** @description How many images to make. */
            n?: number | null;
            /** @description Width x height, as 1024x1024, or auto. */
            size?: string | null;
            /** @description url, b64_json; where the model can choose. */
            response_format?: string | null;
            /** @description A stable id of the end user. */
            user?: string | null;
            /** @description transparent, opaque, auto. */
            background?: string | null;
            /** @description auto, low, medium, high, standard, hd; depends on the model. */
            quality?: string | null;
            /** @description png, jpeg, webp. */
            output_format?: string | null;
            /** @description 0 to 100 percent, for jpeg and webp. */
            output_compression?: number | null;
            /** @description For streams only. */
            partial_images?: number | null;
            /** @description high, low: how closely to keep to the image. */
            input_fidelity?: string | null;
            /** @description An image whose transparent parts show where to edit, given as `image` is. */
            mask?: unknown;
        } & {
            [key: string]: any;
        }) & (({
            image: string | {
                [key: string]: any;
            } | unknown[];
        } & {
            [key: string]: any;
        }) | ({
            images: string | {
                [key: string]: any;
            } | unknown[];
        } & {
            [key: string]: any;
        })));
        /** @description OpenAI's image edit request; unknown fields pass through. */
        ImageEditForm: ({
            /**
             * @description `provider/model`, split at the first slash.
             * @example mock/image
             */
            model: string;
            /** @description Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the error of the first. One of them, or a JSON list. */
            fallbacks?: string;
            /**
             * @description The image: one file part, or several of this name.
             * @example data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
             */
            image?: Blob | Blob[];
            /** @description The same under its other name. */
            "image[]"?: Blob[] | Blob;
            /**
             * @description What to change.
             * @example Make it night
             */
            prompt?: string;
            /** @description How many images to make. */
            n?: number;
            /** @description Width x height, as 1024x1024, or auto. */
            size?: string;
            /** @description url, b64_json; where the model can choose. */
            response_format?: string;
            /** @description A stable id of the end user. */
            user?: string;
            /** @description transparent, opaque, auto. */
            background?: string;
            /** @description auto, low, medium, high, standard, hd; depends on the model. */
            quality?: string;
            /** @description png, jpeg, webp. */
            output_format?: string;
            /** @description 0 to 100 percent, for jpeg and webp. */
            output_compression?: number;
            /** @description For streams only. */
            partial_images?: number;
            /** @description high, low: how closely to keep to the image. */
            input_fidelity?: string;
            /**
             * Format: binary
             * @description An image whose transparent parts show where to edit.
             */
            mask?: Blob;
            /**
             * @description Streaming is not supported for async jobs.
             * @constant
             */
            stream?: false;
        } & {
            [key: string]: any;
        }) & (({
            /** @description The image: one file part, or several of this name. */
            image: Blob | Blob[];
        } & {
            [key: string]: any;
        }) | ({
            /** @description The same under its other name. */
            "image[]": Blob[] | Blob;
        } & {
            [key: string]: any;
        }));
        ImageEditResult: ({
            data: ({
                /** @description The address of the image at the provider, which expires. */
                url?: string;
                /** @description The image itself, as base64. */
                b64_json?: string;
                /** @description The prompt as the model rewrote it. */
                revised_prompt?: string;
            } & {
                [key: string]: any;
            })[];
            /** @description Seconds since 1970. */
            created?: number;
            background?: string;
            output_format?: string;
            quality?: string;
            size?: string;
            usage?: {
                input_tokens?: number;
                output_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: image edit. */
        ImageEditJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["ImageEditResult"];
        }) | components["schemas"]["FailedJob"];
        /** @description OpenAI's image variation request; unknown fields pass through. */
        ImageVariationRequest: ({
            /**
             * @description `provider/model`, split at the first slash.
             * @example mock/image
             */
            model: string;
            /** @description Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the error of the first. One of them, or a JSON list. */
            fallbacks?: string;
            /** @description The image: one file part, or several of this name. */
            image?: Blob | Blob[];
            /** @description The same under its other name. */
            "image[]"?: Blob[] | Blob;
            /** @description How many images to make. */
            n?: number;
            /** @description Width x height, as 1024x1024, or auto. */
            size?: string;
            /**
             * @description url, b64_json; where the model can choose.
             * @example b64_json
             */
            response_format?: string;
            /** @description A stable id of the end user. */
            user?: string;
        } & {
            [key: string]: any;
        }) & (({
            /** @description The image: one file part, or several of this name. */
            image: Blob | Blob[];
        } & {
            [key: string]: any;
        }) | ({
            /** @description The same under its other name. */
            "image[]": Blob[] | Blob;
        } & {
            [key: string]: any;
        }));
        ImageVariationResult: ({
            data: ({
                /** @description The address of the image at the provider, which expires. */
                url?: string;
                /** @description The image itself, as base64. */
                b64_json?: string;
                /** @description The prompt as the model rewrote it. */
                revised_prompt?: string;
            } & {
                [key: string]: any;
            })[];
            /** @description Seconds since 1970. */
            created?: number;
            background?: string;
            output_format?: string;
            quality?: string;
            size?: string;
            usage?: {
                input_tokens?: number;
                output_tokens?: number;
                total_tokens?: number;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: image variation. */
        ImageVariationJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["ImageVariationResult"];
        }) | components["schemas"]["FailedJob"];
        RerankRequest: components["schemas"]["Routing"] & ({
            /** @description What to look for. */
            query: string;
            /** @description Texts, or objects with a `text`. */
            documents: (string | ({
                text: string;
            } & {
                [key: string]: any;
            }))[];
            /** @description How many of the best to return; all without it. */
            top_n?: number | null;
            /** @description Longer documents are cut. */
            max_tokens_per_doc?: number | null;
            /** @description 0 is served first when the provider is busy. */
            priority?: number | null;
        } & {
            [key: string]: any;
        });
        RerankResult: ({
            results: ({
                /** @description Which document of the request. */
                index: number;
                /** @description 0 to 1, the best first. */
                relevance_score: number;
                /** @description The document itself, where the provider repeats it. */
                document?: unknown;
            } & {
                [key: string]: any;
            })[];
            id?: string;
            model?: string;
            meta?: {
                [key: string]: any;
            };
            usage?: {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: rerank. */
        RerankJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["RerankResult"];
        }) | components["schemas"]["FailedJob"];
        OcrRequest: components["schemas"]["Routing"] & ({
            /** @description What to read; further members (document_name, file_id, …) pass through. */
            document: ({
                /** @description document_url, image_url, file. */
                type: string;
                /** @description Where the document is, or the document as a data URL. */
                document_url?: string | null;
                /** @description Where the image is, or the image as a data URL; an object with `url` too. */
                image_url?: string | {
                    [key: string]: any;
                } | null;
            } & {
                [key: string]: any;
            }) & (({
                /** @constant */
                type: "document_url";
                document_url: string;
            } & {
                [key: string]: any;
            }) | ({
                /** @constant */
                type: "image_url";
                image_url: string | {
                    [key: string]: any;
                };
            } & {
                [key: string]: any;
            }) | ({
                type: string;
            } & {
                [key: string]: any;
            }));
            /** @description An id of the caller's own. */
            id?: string | null;
            /** @description Which pages, counted from 0: a list, or a text as 0-3,7. */
            pages?: unknown;
            /** @description Whether to return the images that were found. */
            include_image_base64?: boolean | null;
            /** @description The maximum number of images. */
            image_limit?: number | null;
            /** @description Smaller images are left out. */
            image_min_size?: number | null;
            /** @description The JSON schema of the annotation of each image. */
            bbox_annotation_format?: {
                [key: string]: any;
            } | null;
            /** @description The JSON schema of the annotation of the document. */
            document_annotation_format?: {
                [key: string]: any;
            } | null;
            /** @description The prompt for that annotation. */
            document_annotation_prompt?: string | null;
            /** @description markdown, html. */
            table_format?: string | null;
            /** @description Whether to return headers separately. */
            extract_header?: boolean | null;
            /** @description Whether to return footers separately. */
            extract_footer?: boolean | null;
        } & {
            [key: string]: any;
        });
        OcrResult: ({
            pages: ({
                index: number;
                markdown: string;
                images?: {
                    [key: string]: any;
                }[];
                /** @description In pixels. */
                dimensions?: {
                    dpi: number;
                    height: number;
                    width: number;
                } & {
                    [key: string]: any;
                };
            } & {
                [key: string]: any;
            })[];
            model?: string;
            document_annotation?: unknown;
            usage_info?: {
                pages_processed: number;
                doc_size_bytes?: unknown;
            } & {
                [key: string]: any;
            };
        } & {
            [key: string]: any;
        }) & components["schemas"]["ResultFields"];
        /** @description A job that has ended: OCR. */
        OcrJob: (components["schemas"]["CompletedJob"] & {
            result: components["schemas"]["OcrResult"];
        }) | components["schemas"]["FailedJob"];
    };
    responses: {
        /**
         * @description - `invalid_json`: The body is not one JSON object in UTF-8, or nests too deep.
         *     - `body_incomplete`: The connection was closed before the body had come whole.
         *     - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `unknown_provider`: There is no provider of this name.
         *     - `unsupported_operation`: The provider does not serve this type of request.
         *     - `unsupported_parameter`: The provider does not support a parameter that changes the result.
         *     - `no_keys`: The gateway has no key for this provider and model.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        submit400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_required`: A virtual key is required, and none was sent. */
        submit401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `budget_exceeded`: The virtual key has used up its budget of this day or month (UTC). */
        submit402: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `provider_blocked`: The virtual key may not use this provider.
         *     - `model_blocked`: The virtual key may not use this model.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        submit403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `request_too_large`: The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values. */
        submit413: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `unsupported_media_type`: The media type of the body is not supported here, or the body is compressed. */
        submit415: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `idempotency_mismatch`: The Idempotency-Key was used before, with another body. */
        submit422: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `rate_limited`: The virtual key has reached its limit of requests per minute, too many bulk operations are running, or a sample of the same event was sent to this webhook endpoint less than 30 s ago.
         *     - `queue_full`: The provider's queue is full (`buffer_size`).
         */
        submit429: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        submit500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `store_unavailable`: The store cannot be written or read at the moment.
         *     - `server_busy`: Too many large bodies are being received at the same time.
         *     - `shutting_down`: The gateway is shutting down and stores nothing any more.
         */
        submit503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_full`: The disk is full or nearly full: nothing was changed. */
        submit507: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        poll403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `operation_type_mismatch`: The job is of another type than this path.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         */
        poll404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        poll500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        poll503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        change403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `operation_type_mismatch`: The job is of another type than this path.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         */
        change404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        change500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `store_unavailable`: The store cannot be written or read at the moment.
         *     - `shutting_down`: The gateway is shutting down and stores nothing any more.
         */
        change503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_full`: The disk is full or nearly full: nothing was changed. */
        change507: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream. */
        view400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        view403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         */
        view404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        view500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        view503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        changeAny403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         */
        changeAny404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        changeAny500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `store_unavailable`: The store cannot be written or read at the moment.
         *     - `shutting_down`: The gateway is shutting down and stores nothing any more.
         */
        changeAny503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_full`: The disk is full or nearly full: nothing was changed. */
        changeAny507: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        content403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         *     - `content_not_found`: The job has not completed, or has no binary content or no file at this place.
         */
        content404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        content500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        content503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        result403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         *     - `content_not_found`: The job has not completed, or has no binary content or no file at this place.
         */
        result404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        result500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        result503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        request403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         *     - `request_not_kept`: The request of the job is not stored any more.
         *     - `content_not_found`: The job has not completed, or has no binary content or no file at this place.
         */
        request404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        request500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        request503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_json`: The body is not one JSON object in UTF-8, or nests too deep.
         *     - `body_incomplete`: The connection was closed before the body had come whole.
         *     - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `unknown_provider`: There is no provider of this name.
         *     - `unsupported_operation`: The provider does not serve this type of request.
         *     - `unsupported_parameter`: The provider does not support a parameter that changes the result.
         *     - `no_keys`: The gateway has no key for this provider and model.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        replay400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_required`: A virtual key is required, and none was sent. */
        replay401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `budget_exceeded`: The virtual key has used up its budget of this day or month (UTC). */
        replay402: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `provider_blocked`: The virtual key may not use this provider.
         *     - `model_blocked`: The virtual key may not use this model.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        replay403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         *     - `request_not_kept`: The request of the job is not stored any more.
         */
        replay404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `request_too_large`: The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values. */
        replay413: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `unsupported_media_type`: The media type of the body is not supported here, or the body is compressed. */
        replay415: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `idempotency_mismatch`: The Idempotency-Key was used before, with another body. */
        replay422: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `rate_limited`: The virtual key has reached its limit of requests per minute, too many bulk operations are running, or a sample of the same event was sent to this webhook endpoint less than 30 s ago.
         *     - `queue_full`: The provider's queue is full (`buffer_size`).
         */
        replay429: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        replay500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `store_unavailable`: The store cannot be written or read at the moment.
         *     - `server_busy`: Too many large bodies are being received at the same time.
         *     - `shutting_down`: The gateway is shutting down and stores nothing any more.
         */
        replay503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_full`: The disk is full or nearly full: nothing was changed. */
        replay507: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        list400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        list401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        list403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        list500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        list503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        cancelAll400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        cancelAll401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        cancelAll403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        cancelAll500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `store_unavailable`: The store cannot be written or read at the moment.
         *     - `shutting_down`: The gateway is shutting down and stores nothing any more.
         */
        cancelAll503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_full`: The disk is full or nearly full: nothing was changed. */
        cancelAll507: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_json`: The body is not one JSON object in UTF-8, or nests too deep.
         *     - `body_incomplete`: The connection was closed before the body had come whole.
         *     - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        startBulk400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        startBulk401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        startBulk403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `request_too_large`: The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values. */
        startBulk413: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `unsupported_media_type`: The media type of the body is not supported here, or the body is compressed. */
        startBulk415: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `rate_limited`: The virtual key has reached its limit of requests per minute, too many bulk operations are running, or a sample of the same event was sent to this webhook endpoint less than 30 s ago. */
        startBulk429: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        startBulk500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `store_unavailable`: The store cannot be written or read at the moment.
         *     - `shutting_down`: The gateway is shutting down and stores nothing any more.
         */
        startBulk503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_full`: The disk is full or nearly full: nothing was changed. */
        startBulk507: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_not_found`: There is no such virtual key. */
        listBulk400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        listBulk401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        listBulk403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        listBulk500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_not_found`: There is no such virtual key. */
        showBulk400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        showBulk401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        showBulk403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `bulk_operation_not_found`: There is no such operation of this caller. */
        showBulk404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        showBulk500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `unknown_provider`: There is no provider of this name.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        models400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_required`: A virtual key is required, and none was sent. */
        models401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        models403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        models500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_not_found`: There is no such virtual key. */
        model400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_required`: A virtual key is required, and none was sent. */
        model401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        model403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `model_not_found`: There is no such model that this caller can use. */
        model404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        model500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        health403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        health500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        metrics401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        metrics403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        metrics500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_not_found`: There is no such virtual key. */
        me400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_required`: A virtual key is required, and none was sent. */
        me401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        me403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        me500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream. */
        stats400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        stats401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        stats403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        stats500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `virtual_key_not_found`: There is no such virtual key. */
        queues400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        queues401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        queues403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        queues500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        queues503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        usage400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        usage401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        usage403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        usage500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        usage503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         *     - `virtual_key_not_found`: There is no such virtual key.
         */
        events400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_required`: A virtual key is required, and none was sent.
         *     - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.
         */
        events401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `virtual_key_blocked`: The virtual key is inactive or has expired.
         *     - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        events403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        events500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream. */
        jobEvents400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        jobEvents403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `job_not_found`: There is no such job, or it has expired.
         *     - `job_key_required`: The job belongs to a key, and none was sent.
         *     - `job_key_not_found`: The job belongs to a virtual key, and the one that was sent is unknown.
         *     - `job_key_mismatch`: The job belongs to another key.
         */
        jobEvents404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        jobEvents500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        jobEvents503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        providers401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        providers403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        providers500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        keys401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        keys403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        keys500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        keys503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_json`: The body is not one JSON object in UTF-8, or nests too deep.
         *     - `body_incomplete`: The connection was closed before the body had come whole.
         *     - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         */
        makeKey400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        makeKey401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        makeKey403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `request_too_large`: The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values. */
        makeKey413: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `unsupported_media_type`: The media type of the body is not supported here, or the body is compressed. */
        makeKey415: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        makeKey500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        makeKey503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        key401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        key403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `key_not_found`: There is no virtual key with this id. */
        key404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        key500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        key503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `invalid_json`: The body is not one JSON object in UTF-8, or nests too deep.
         *     - `body_incomplete`: The connection was closed before the body had come whole.
         *     - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream.
         */
        changeKey400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        changeKey401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        changeKey403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `key_not_found`: There is no virtual key with this id. */
        changeKey404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `request_too_large`: The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values. */
        changeKey413: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `unsupported_media_type`: The media type of the body is not supported here, or the body is compressed. */
        changeKey415: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        changeKey500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        changeKey503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `invalid_request`: A member, header or parameter is missing, has the wrong form, or asks for a stream. */
        revokeKey400: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `admin_token_required`: Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong. */
        revokeKey401: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description - `origin_not_allowed`: A web page sent the request, and its origin is not allowed.
         *     - `host_not_allowed`: The Host header is neither a loopback name nor an allowed one.
         */
        revokeKey403: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `key_not_found`: There is no virtual key with this id. */
        revokeKey404: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `internal_error`: The gateway failed: this is a bug. */
        revokeKey500: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description - `store_unavailable`: The store cannot be written or read at the moment. */
        revokeKey503: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: {
        /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
        "x-request-id": string;
        /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
        "x-bf-async-job-result-ttl": number;
        /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
        "x-bf-async-webhook": string;
        /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
        "Cancel-After": string;
        /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
        "x-asyncgate-extra-headers": "primary" | "all";
        /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
        "x-asyncgate-priority": "low" | "normal" | "high";
        /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
        "x-asyncgate-on-interrupt": "retry" | "fail";
        /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
        "x-asyncgate-on-disconnect": "cancel" | "continue" | "resume";
        /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
        "Idempotency-Key": string;
        /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
        Prefer: string;
        /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
        traceparent: string;
        /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
        "x-bf-direct-key": string;
        /** @description The name of the one configured provider key to call with. */
        "x-bf-api-key": string;
        /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
        "x-bf-api-key-id": string;
        /** @description The maximum number of jobs; 20 without it. */
        limit: number;
        /** @description The `last_id` of the page before. */
        after: string;
        /** @description Only jobs of this status. */
        status: "pending" | "processing" | "completed" | "failed";
        /** @description Only jobs of this status. */
        openStatus: "pending" | "processing";
        /** @description Only jobs of this request type. */
        type: "text_completion" | "chat_completion" | "responses" | "count_tokens" | "embedding" | "speech" | "transcription" | "image_generation" | "image_edit" | "image_variation" | "rerank" | "ocr";
        /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
        model: string;
        /** @description Only jobs of this provider. */
        provider: string;
        /** @description Only jobs in this state. */
        state: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";
        /** @description Only jobs of the virtual key with this id. For the admin alone. */
        owner: string;
        /** @description Only jobs with this code in their error: one of this gateway, or the provider's own. */
        error_code: string;
        /** @description Only jobs whose last attempt used the provider key of this name. */
        key: string;
        /** @description Only jobs of this priority. */
        priority: "low" | "normal" | "high";
        /** @description Only jobs that have cost at least so many US dollars. */
        min_cost: number;
        /** @description Only jobs that repeat the request of this one. */
        origin: string;
        /** @description Only jobs of the batch with this `id`. */
        batch: string;
        /** @description Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address. */
        idempotency_key: string;
        /** @description Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider. */
        search: string;
        /** @description Only jobs accepted then or later. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
        created_after: string;
        /** @description Only jobs accepted earlier. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
        created_before: string;
        /** @description The first day, as 2026-01-31; 29 days before the last without it. */
        from: string;
        /** @description The last day; today without it. */
        to: string;
        /** @description What is told apart: a list, with commas, of `day`, `provider`, `model`, `type`, `owner` and `key`; `day` without it, and empty for one sum. */
        by: string;
        /** @description The index of an image in a result that has several, counted from 0; the first without it. */
        index: number;
        /** @description `result` leaves the result out: of a completed job its `result_bytes` are there instead. */
        omit: "result";
        /** @description The index of a file of the form, counted from 0. */
        file: number;
        /** @description One range of bytes, as `bytes=0-1023`. Anything else is answered with the whole content. */
        Range: string;
        /** @description The `ETag` of a response that the caller has stored: 304 when it is still valid. */
        "If-None-Match": string;
        /** @description The `ETag` of the response whose rest `Range` asks for: the whole content when it is no longer valid. */
        "If-Range": string;
    };
    requestBodies: never;
    headers: {
        /** @description The path where the job is polled. */
        Location: string;
        /** @description Whole seconds to wait. */
        "Retry-After": number;
        /** @description The same in milliseconds, estimated from how long the last jobs of the model took. */
        "openai-poll-after-ms": number;
        /** @description The request's id: as sent, else the job's or a new one. */
        "x-request-id": string;
        /** @description The id of the job: at `/v1/async/jobs/{job_id}` as long as it is kept. */
        "x-job-id": string;
        /** @description `wait=N`, where `Prefer` asked for it. */
        "Preference-Applied": string;
        /** @description `true` where the Idempotency-Key was sent before: the job is the one that was made then. */
        "Idempotent-Replayed": string;
        /** @description Milliseconds (W3C Server Timing). A submit: `store;dur=1.25`, from its arrival until the job was on disk. A job: `wait;dur=3, run;dur=812`, the time until its last attempt started, and from then until its end or until now; without `run` before the first attempt. */
        "Server-Timing": string;
        /** @description The next page: `<…>; rel="next"`. Not there on the last one. */
        Link: string;
        /** @description Identifies these bytes, which never change. */
        ETag: string;
        /** @description `bytes` */
        "Accept-Ranges": string;
        /** @description Which bytes these are and how many there are: `bytes 0-1023/4112`; `bytes *\/4112` where none can be sent. */
        "Content-Range": string;
        /** @description The address of the image at the provider. */
        ImageLocation: string;
    };
    pathItems: never;
}
export type AcceptedJob = components['schemas']['AcceptedJob'];
export type CompletedJob = components['schemas']['CompletedJob'];
export type FailedJob = components['schemas']['FailedJob'];
export type Job = components['schemas']['Job'];
export type JobSummary = components['schemas']['JobSummary'];
export type ListedJob = components['schemas']['ListedJob'];
export type JobList = components['schemas']['JobList'];
export type JobDetails = components['schemas']['JobDetails'];
export type AcceptedJobView = components['schemas']['AcceptedJobView'];
export type JobView = components['schemas']['JobView'];
export type OutlinedJob = components['schemas']['OutlinedJob'];
export type StoredRequest = components['schemas']['StoredRequest'];
export type UsageReport = components['schemas']['UsageReport'];
export type Replay = components['schemas']['Replay'];
export type ReplayedJob = components['schemas']['ReplayedJob'];
export type Usage = components['schemas']['Usage'];
export type Cancelled = components['schemas']['Cancelled'];
export type Model = components['schemas']['Model'];
export type ModelList = components['schemas']['ModelList'];
export type Error = components['schemas']['Error'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type CallError = components['schemas']['CallError'];
export type Routing = components['schemas']['Routing'];
export type ResultFields = components['schemas']['ResultFields'];
export type Health = components['schemas']['Health'];
export type DatabaseGateway = components['schemas']['DatabaseGateway'];
export type DatabaseStandby = components['schemas']['DatabaseStandby'];
export type KeyRequest = components['schemas']['KeyRequest'];
export type KeyChange = components['schemas']['KeyChange'];
export type ManagedKey = components['schemas']['ManagedKey'];
export type MadeKey = components['schemas']['MadeKey'];
export type KeyList = components['schemas']['KeyList'];
export type Provider = components['schemas']['Provider'];
export type ProviderList = components['schemas']['ProviderList'];
export type JobChange = components['schemas']['JobChange'];
export type Queues = components['schemas']['Queues'];
export type VirtualKey = components['schemas']['VirtualKey'];
export type Me = components['schemas']['Me'];
export type Stats = components['schemas']['Stats'];
export type File = components['schemas']['File'];
export type FileUpload = components['schemas']['FileUpload'];
export type FileList = components['schemas']['FileList'];
export type DeletedFile = components['schemas']['DeletedFile'];
export type BatchRequest = components['schemas']['BatchRequest'];
export type Batch = components['schemas']['Batch'];
export type BatchList = components['schemas']['BatchList'];
export type BatchResults = components['schemas']['BatchResults'];
export type BackgroundResponse = components['schemas']['BackgroundResponse'];
export type DeletedResponse = components['schemas']['DeletedResponse'];
export type InputItemList = components['schemas']['InputItemList'];
export type ConversationRequest = components['schemas']['ConversationRequest'];
export type ConversationChange = components['schemas']['ConversationChange'];
export type Conversation = components['schemas']['Conversation'];
export type DeletedConversation = components['schemas']['DeletedConversation'];
export type DeletedConversations = components['schemas']['DeletedConversations'];
export type ConversationItem = components['schemas']['ConversationItem'];
export type NewConversationItems = components['schemas']['NewConversationItems'];
export type ConversationItemList = components['schemas']['ConversationItemList'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookRequest = components['schemas']['WebhookRequest'];
export type WebhookChange = components['schemas']['WebhookChange'];
export type WebhookList = components['schemas']['WebhookList'];
export type WebhookSecret = components['schemas']['WebhookSecret'];
export type WebhookRotation = components['schemas']['WebhookRotation'];
export type WebhookTestRequest = components['schemas']['WebhookTestRequest'];
export type WebhookTest = components['schemas']['WebhookTest'];
export type WebhookRemoval = components['schemas']['WebhookRemoval'];
export type WebhookDeliveryList = components['schemas']['WebhookDeliveryList'];
export type WebhookRedelivery = components['schemas']['WebhookRedelivery'];
export type WebhookEventTypes = components['schemas']['WebhookEventTypes'];
export type WebhookEndpoint = components['schemas']['WebhookEndpoint'];
export type WebhookEndpointWithSecret = components['schemas']['WebhookEndpointWithSecret'];
export type WebhookEndpointRequest = components['schemas']['WebhookEndpointRequest'];
export type WebhookEndpointChange = components['schemas']['WebhookEndpointChange'];
export type WebhookEndpointList = components['schemas']['WebhookEndpointList'];
export type WebhookEndpointRotation = components['schemas']['WebhookEndpointRotation'];
export type WebhookEndpointTestRequest = components['schemas']['WebhookEndpointTestRequest'];
export type WebhookEndpointTest = components['schemas']['WebhookEndpointTest'];
export type DeletedWebhookEndpoint = components['schemas']['DeletedWebhookEndpoint'];
export type BulkRequest = components['schemas']['BulkRequest'];
export type BulkCount = components['schemas']['BulkCount'];
export type BulkOperation = components['schemas']['BulkOperation'];
export type BulkList = components['schemas']['BulkList'];
export type TextCompletionRequest = components['schemas']['TextCompletionRequest'];
export type TextCompletionCall = components['schemas']['TextCompletionCall'];
export type TextCompletionResult = components['schemas']['TextCompletionResult'];
export type TextCompletionJob = components['schemas']['TextCompletionJob'];
export type ChatCompletionRequest = components['schemas']['ChatCompletionRequest'];
export type ChatCompletionCall = components['schemas']['ChatCompletionCall'];
export type ChatCompletionResult = components['schemas']['ChatCompletionResult'];
export type ChatCompletionJob = components['schemas']['ChatCompletionJob'];
export type ResponsesRequest = components['schemas']['ResponsesRequest'];
export type ResponsesCall = components['schemas']['ResponsesCall'];
export type ResponsesResult = components['schemas']['ResponsesResult'];
export type ResponsesJob = components['schemas']['ResponsesJob'];
export type CountTokensRequest = components['schemas']['CountTokensRequest'];
export type CountTokensResult = components['schemas']['CountTokensResult'];
export type CountTokensJob = components['schemas']['CountTokensJob'];
export type EmbeddingRequest = components['schemas']['EmbeddingRequest'];
export type EmbeddingResult = components['schemas']['EmbeddingResult'];
export type EmbeddingJob = components['schemas']['EmbeddingJob'];
export type SpeechRequest = components['schemas']['SpeechRequest'];
export type SpeechCall = components['schemas']['SpeechCall'];
export type SpeechResult = components['schemas']['SpeechResult'];
export type SpeechJob = components['schemas']['SpeechJob'];
export type TranscriptionRequest = components['schemas']['TranscriptionRequest'];
export type TranscriptionCall = components['schemas']['TranscriptionCall'];
export type TranscriptionResult = components['schemas']['TranscriptionResult'];
export type TranscriptionJob = components['schemas']['TranscriptionJob'];
export type ImageGenerationRequest = components['schemas']['ImageGenerationRequest'];
export type ImageGenerationCall = components['schemas']['ImageGenerationCall'];
export type ImageGenerationResult = components['schemas']['ImageGenerationResult'];
export type ImageGenerationJob = components['schemas']['ImageGenerationJob'];
export type ImageEditRequest = components['schemas']['ImageEditRequest'];
export type ImageEditCall = components['schemas']['ImageEditCall'];
export type ImageEditForm = components['schemas']['ImageEditForm'];
export type ImageEditResult = components['schemas']['ImageEditResult'];
export type ImageEditJob = components['schemas']['ImageEditJob'];
export type ImageVariationRequest = components['schemas']['ImageVariationRequest'];
export type ImageVariationResult = components['schemas']['ImageVariationResult'];
export type ImageVariationJob = components['schemas']['ImageVariationJob'];
export type RerankRequest = components['schemas']['RerankRequest'];
export type RerankResult = components['schemas']['RerankResult'];
export type RerankJob = components['schemas']['RerankJob'];
export type OcrRequest = components['schemas']['OcrRequest'];
export type OcrResult = components['schemas']['OcrResult'];
export type OcrJob = components['schemas']['OcrJob'];
export type $defs = Record<string, never>;
export interface operations {
    submitTextCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "prompt": "Once upon a time"
                 *     }
                 */
                "application/json": components["schemas"]["TextCompletionRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextCompletionJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollTextCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextCompletionJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteTextCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelTextCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextCompletionJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitChatCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "messages": [
                 *         {
                 *           "role": "user",
                 *           "content": "Hello"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ChatCompletionRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletionJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollChatCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletionJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteChatCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelChatCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletionJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitResponses: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "input": "Hello"
                 *     }
                 */
                "application/json": components["schemas"]["ResponsesRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponsesJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollResponses: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponsesJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteResponses: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelResponses: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponsesJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitCountTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "input": "Hello"
                 *     }
                 */
                "application/json": components["schemas"]["CountTokensRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountTokensJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollCountTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountTokensJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteCountTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelCountTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountTokensJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitEmbedding: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/embed",
                 *       "input": "Hello there"
                 *     }
                 */
                "application/json": components["schemas"]["EmbeddingRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollEmbedding: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteEmbedding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelEmbedding: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitSpeech: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/tts",
                 *       "input": "Hello",
                 *       "voice": "alloy",
                 *       "response_format": "wav"
                 *     }
                 */
                "application/json": components["schemas"]["SpeechRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpeechJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollSpeech: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpeechJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteSpeech: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelSpeech: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpeechJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitTranscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/whisper",
                 *       "response_format": "json",
                 *       "file": "(the bytes of the file)"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["TranscriptionRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TranscriptionJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollTranscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TranscriptionJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteTranscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelTranscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TranscriptionJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitImageGeneration: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "prompt": "A lighthouse at dusk",
                 *       "size": "1024x1024"
                 *     }
                 */
                "application/json": components["schemas"]["ImageGenerationRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageGenerationJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollImageGeneration: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageGenerationJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteImageGeneration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelImageGeneration: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageGenerationJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitImageEdit: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "image": "(the bytes of the file)",
                 *       "prompt": "Make it night"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["ImageEditForm"];
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
                 *       "prompt": "Make it night"
                 *     }
                 */
                "application/json": components["schemas"]["ImageEditRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageEditJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollImageEdit: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageEditJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteImageEdit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelImageEdit: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageEditJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitImageVariation: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "response_format": "b64_json",
                 *       "image": "(the bytes of the file)"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["ImageVariationRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageVariationJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollImageVariation: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageVariationJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteImageVariation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelImageVariation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageVariationJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitRerank: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/rerank",
                 *       "query": "What is the capital of France?",
                 *       "documents": [
                 *         "Berlin lies on the Spree.",
                 *         "Paris is the capital of France."
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RerankRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerankJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollRerank: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerankJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteRerank: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelRerank: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerankJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    submitOcr: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/ocr",
                 *       "document": {
                 *         "type": "document_url",
                 *         "document_url": "https://example.com/invoice.pdf"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["OcrRequest"];
            };
        };
        responses: {
            /** @description Only with `Prefer: wait=N`: accepted, and the job has ended already. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OcrJob"];
                };
            };
            /** @description Accepted: the job is on disk. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            400: components["responses"]["submit400"];
            401: components["responses"]["submit401"];
            402: components["responses"]["submit402"];
            403: components["responses"]["submit403"];
            413: components["responses"]["submit413"];
            415: components["responses"]["submit415"];
            422: components["responses"]["submit422"];
            429: components["responses"]["submit429"];
            500: components["responses"]["submit500"];
            503: components["responses"]["submit503"];
            507: components["responses"]["submit507"];
        };
    };
    pollOcr: {
        parameters: {
            query?: never;
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended: `completed` with its `result`, or `failed` with its `error`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OcrJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJob"];
                };
            };
            403: components["responses"]["poll403"];
            404: components["responses"]["poll404"];
            500: components["responses"]["poll500"];
            503: components["responses"]["poll503"];
        };
    };
    deleteOcr: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    cancelOcr: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OcrJob"];
                };
            };
            403: components["responses"]["change403"];
            404: components["responses"]["change404"];
            500: components["responses"]["change500"];
            503: components["responses"]["change503"];
            507: components["responses"]["change507"];
        };
    };
    callTextCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "prompt": "Once upon a time"
                 *     }
                 */
                "application/json": components["schemas"]["TextCompletionCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextCompletionResult"];
                    "text/event-stream": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callChatCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "messages": [
                 *         {
                 *           "role": "user",
                 *           "content": "Hello"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ChatCompletionCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletionResult"];
                    "text/event-stream": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callResponses: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "input": "Hello"
                 *     }
                 */
                "application/json": components["schemas"]["ResponsesCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponsesResult"];
                    "text/event-stream": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callCountTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo",
                 *       "input": "Hello"
                 *     }
                 */
                "application/json": components["schemas"]["CountTokensRequest"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountTokensResult"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callEmbedding: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/embed",
                 *       "input": "Hello there"
                 *     }
                 */
                "application/json": components["schemas"]["EmbeddingRequest"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingResult"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callSpeech: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/tts",
                 *       "input": "Hello",
                 *       "voice": "alloy",
                 *       "response_format": "wav"
                 *     }
                 */
                "application/json": components["schemas"]["SpeechCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                    "text/event-stream": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callTranscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/whisper",
                 *       "response_format": "json",
                 *       "file": "(the bytes of the file)"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["TranscriptionCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TranscriptionResult"];
                    "text/event-stream": string;
                    "text/plain": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callImageGeneration: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "prompt": "A lighthouse at dusk",
                 *       "size": "1024x1024"
                 *     }
                 */
                "application/json": components["schemas"]["ImageGenerationCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageGenerationResult"];
                    "text/event-stream": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callImageEdit: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "image": "(the bytes of the file)",
                 *       "prompt": "Make it night"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["ImageEditForm"];
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
                 *       "prompt": "Make it night"
                 *     }
                 */
                "application/json": components["schemas"]["ImageEditCall"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageEditResult"];
                    "text/event-stream": string;
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callImageVariation: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/image",
                 *       "response_format": "b64_json",
                 *       "image": "(the bytes of the file)"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["ImageVariationRequest"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageVariationResult"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callRerank: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/rerank",
                 *       "query": "What is the capital of France?",
                 *       "documents": [
                 *         "Berlin lies on the Spree.",
                 *         "Paris is the capital of France."
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RerankRequest"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerankResult"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    callOcr: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description Which providers get the headers that are sent as `x-bf-eh-NAME`: `primary`, the provider of `model` alone, or `all`, those of `fallbacks` too. Without it `primary`. */
                "x-asyncgate-extra-headers"?: components["parameters"]["x-asyncgate-extra-headers"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
                /** @description A W3C trace context, as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: the call to the provider is a child of it. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description `true` calls the provider with the caller's own key, even where the gateway has one. Without it the caller's key is used where the gateway has none. */
                "x-bf-direct-key"?: components["parameters"]["x-bf-direct-key"];
                /** @description The name of the one configured provider key to call with. */
                "x-bf-api-key"?: components["parameters"]["x-bf-api-key"];
                /** @description The id of the one configured provider key to call with; takes precedence over `x-bf-api-key`. */
                "x-bf-api-key-id"?: components["parameters"]["x-bf-api-key-id"];
                /** @description What becomes of the job when the client disconnects: `cancel` cancels it and aborts its call; with `continue` it goes on, and its result is collected at `/v1/async/jobs/{job_id}`; `resume`, for streams of `/v1/responses` alone, lets it go on too, and stores the events before they are sent, so that the stream is opened again by `GET /v1/responses/{response_id}?stream=true&starting_after=N`, also after a crash of the gateway. Without it `cancel`, and with an `Idempotency-Key` `continue`. */
                "x-asyncgate-on-disconnect"?: components["parameters"]["x-asyncgate-on-disconnect"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/ocr",
                 *       "document": {
                 *         "type": "document_url",
                 *         "document_url": "https://example.com/invoice.pdf"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["OcrRequest"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    "x-job-id": components["headers"]["x-job-id"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OcrResult"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description A refusal, or the failure of the job: with the status and the error of the provider. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description The maximum number of jobs; 20 without it. */
                limit?: components["parameters"]["limit"];
                /** @description The `last_id` of the page before. */
                after?: components["parameters"]["after"];
                /** @description Only jobs of this status. */
                status?: components["parameters"]["status"];
                /** @description Only jobs in this state. */
                state?: components["parameters"]["state"];
                /** @description Only jobs of this request type. */
                type?: components["parameters"]["type"];
                /** @description Only jobs of this provider. */
                provider?: components["parameters"]["provider"];
                /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
                model?: components["parameters"]["model"];
                /** @description Only jobs of the virtual key with this id. For the admin alone. */
                owner?: components["parameters"]["owner"];
                /** @description Only jobs with this code in their error: one of this gateway, or the provider's own. */
                error_code?: components["parameters"]["error_code"];
                /** @description Only jobs whose last attempt used the provider key of this name. */
                key?: components["parameters"]["key"];
                /** @description Only jobs of this priority. */
                priority?: components["parameters"]["priority"];
                /** @description Only jobs that have cost at least so many US dollars. */
                min_cost?: components["parameters"]["min_cost"];
                /** @description Only jobs that repeat the request of this one. */
                origin?: components["parameters"]["origin"];
                /** @description Only jobs of the batch with this `id`. */
                batch?: components["parameters"]["batch"];
                /** @description Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address. */
                idempotency_key?: components["parameters"]["idempotency_key"];
                /** @description Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider. */
                search?: components["parameters"]["search"];
                /** @description Only jobs accepted then or later. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_after?: components["parameters"]["created_after"];
                /** @description Only jobs accepted earlier. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_before?: components["parameters"]["created_before"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *           "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *           "status": "completed",
                     *           "expires_at": "2026-01-01T13:00:02.345Z",
                     *           "created_at": "2026-01-01T12:00:00.000Z",
                     *           "completed_at": "2026-01-01T12:00:02.345Z",
                     *           "status_code": 200,
                     *           "state": "succeeded",
                     *           "request_type": "chat_completion",
                     *           "provider": "mock",
                     *           "model": "echo",
                     *           "started_at": "2026-01-01T12:00:00.004Z",
                     *           "priority": "normal",
                     *           "attempts": 1,
                     *           "key_name": "main",
                     *           "usage": {
                     *             "input_tokens": 12,
                     *             "output_tokens": 9,
                     *             "total_tokens": 21
                     *           },
                     *           "cost_usd": 0.0003,
                     *           "content_type": null,
                     *           "origin_id": null,
                     *           "batch_id": null
                     *         }
                     *       ],
                     *       "first_id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "last_id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "has_more": false,
                     *       "revision": "5f0c2ab19e77d346"
                     *     }
                     */
                    "application/json": components["schemas"]["JobList"];
                };
            };
            400: components["responses"]["list400"];
            401: components["responses"]["list401"];
            403: components["responses"]["list403"];
            500: components["responses"]["list500"];
            503: components["responses"]["list503"];
        };
    };
    cancelJobs: {
        parameters: {
            query?: {
                /** @description Only jobs of this status. */
                status?: components["parameters"]["openStatus"];
                /** @description Only jobs of this request type. */
                type?: components["parameters"]["type"];
                /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
                model?: components["parameters"]["model"];
                /** @description Only jobs of this provider. */
                provider?: components["parameters"]["provider"];
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are cancelled: each is `failed` with the code `job_cancelled`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cancelled": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Cancelled"];
                };
            };
            400: components["responses"]["cancelAll400"];
            401: components["responses"]["cancelAll401"];
            403: components["responses"]["cancelAll403"];
            500: components["responses"]["cancelAll500"];
            503: components["responses"]["cancelAll503"];
            507: components["responses"]["cancelAll507"];
        };
    };
    viewJob: {
        parameters: {
            query?: {
                /** @description `result` leaves the result out: of a completed job its `result_bytes` are there instead. */
                omit?: components["parameters"]["omit"];
            };
            header?: {
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has ended. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"] | components["schemas"]["OutlinedJob"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "processing",
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "state": "queued",
                     *       "request_type": "chat_completion",
                     *       "provider": "mock",
                     *       "model": "echo",
                     *       "priority": "normal",
                     *       "deadline_at": "2026-01-02T12:00:00.000Z",
                     *       "origin_id": null,
                     *       "batch_id": null,
                     *       "batch_line": null,
                     *       "cost_usd": null,
                     *       "attempts": [
                     *         {
                     *           "attempt": 1,
                     *           "provider": "mock",
                     *           "key_name": null,
                     *           "model": "echo",
                     *           "queued_at": "2026-01-01T12:00:00.000Z",
                     *           "waited_ms": 4,
                     *           "started_at": "2026-01-01T12:00:00.004Z",
                     *           "finished_at": "2026-01-01T12:00:00.504Z",
                     *           "status_code": 503,
                     *           "outcome": "refused",
                     *           "reason": "The server is overloaded.",
                     *           "upstream_request_id": "req_7f3a",
                     *           "usage": null,
                     *           "cost_usd": null
                     *         }
                     *       ],
                     *       "usage": null,
                     *       "warnings": [],
                     *       "queue": {
                     *         "position": 0,
                     *         "runs_at": "2026-01-01T12:00:01.004Z",
                     *         "reason": "attempt 1 did not succeed; it is tried again at runs_at"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedJobView"];
                };
            };
            400: components["responses"]["view400"];
            403: components["responses"]["view403"];
            404: components["responses"]["view404"];
            500: components["responses"]["view500"];
            503: components["responses"]["view503"];
        };
    };
    deleteJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["changeAny403"];
            404: components["responses"]["changeAny404"];
            500: components["responses"]["changeAny500"];
            503: components["responses"]["changeAny503"];
            507: components["responses"]["changeAny507"];
        };
    };
    contentOfJob: {
        parameters: {
            query?: {
                /** @description The index of an image in a result that has several, counted from 0; the first without it. */
                index?: components["parameters"]["index"];
            };
            header?: {
                /** @description One range of bytes, as `bytes=0-1023`. Anything else is answered with the whole content. */
                Range?: components["parameters"]["Range"];
                /** @description The `ETag` of a response that the caller has stored: 304 when it is still valid. */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The `ETag` of the response whose rest `Range` asks for: the whole content when it is no longer valid. */
                "If-Range"?: components["parameters"]["If-Range"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole content. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                    "image/*": Blob;
                };
            };
            /** @description The requested range. */
            206: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Range": components["headers"]["Content-Range"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                    "image/*": Blob;
                };
            };
            /** @description The provider gave the address of the image. */
            302: {
                headers: {
                    Location: components["headers"]["ImageLocation"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The caller's copy is still valid. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["content403"];
            404: components["responses"]["content404"];
            /** @description The range is beyond the end. */
            416: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Range": components["headers"]["Content-Range"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["content500"];
            503: components["responses"]["content503"];
        };
    };
    resultOfJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description One range of bytes, as `bytes=0-1023`. Anything else is answered with the whole content. */
                Range?: components["parameters"]["Range"];
                /** @description The `ETag` of a response that the caller has stored: 304 when it is still valid. */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The `ETag` of the response whose rest `Range` asks for: the whole content when it is no longer valid. */
                "If-Range"?: components["parameters"]["If-Range"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole result. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
                     *       "object": "chat.completion",
                     *       "created": 1767268802,
                     *       "model": "echo",
                     *       "choices": [
                     *         {
                     *           "index": 0,
                     *           "message": {
                     *             "role": "assistant",
                     *             "content": "Hello! How can I help?"
                     *           },
                     *           "finish_reason": "stop"
                     *         }
                     *       ],
                     *       "usage": {
                     *         "prompt_tokens": 1,
                     *         "completion_tokens": 6,
                     *         "total_tokens": 7
                     *       }
                     *     }
                     */
                    "application/json": unknown;
                };
            };
            /** @description The requested range. */
            206: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Range": components["headers"]["Content-Range"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The caller's copy is still valid. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["result403"];
            404: components["responses"]["result404"];
            /** @description The range is beyond the end. */
            416: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Range": components["headers"]["Content-Range"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["result500"];
            503: components["responses"]["result503"];
        };
    };
    requestOfJob: {
        parameters: {
            query?: {
                /** @description The index of a file of the form, counted from 0. */
                file?: components["parameters"]["file"];
            };
            header?: {
                /** @description One range of bytes, as `bytes=0-1023`. Anything else is answered with the whole content. */
                Range?: components["parameters"]["Range"];
                /** @description The `ETag` of a response that the caller has stored: 304 when it is still valid. */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The `ETag` of the response whose rest `Range` asks for: the whole content when it is no longer valid. */
                "If-Range"?: components["parameters"]["If-Range"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The request, or the whole file. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredRequest"];
                    "*/*": Blob;
                };
            };
            /** @description The requested range. */
            206: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Range": components["headers"]["Content-Range"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "*/*": Blob;
                };
            };
            /** @description The caller's copy is still valid. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["request403"];
            404: components["responses"]["request404"];
            /** @description The range is beyond the end. */
            416: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Range": components["headers"]["Content-Range"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["request500"];
            503: components["responses"]["request503"];
        };
    };
    followJob: {
        parameters: {
            query?: {
                /** @description The id of the last event that the reader has. */
                after?: string;
            };
            header?: {
                /** @description The same, as browsers send it; it goes before `after`. */
                "Last-Event-ID"?: string;
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *
                     *     id: 1
                     *     event: job.queued
                     *     data: {"id":"019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18","request_type":"chat_completion","created_at":"2026-12-01T12:00:00.000Z"}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description The job has ended, and the reader has all of its events. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["jobEvents400"];
            403: components["responses"]["jobEvents403"];
            404: components["responses"]["jobEvents404"];
            500: components["responses"]["jobEvents500"];
            503: components["responses"]["jobEvents503"];
        };
    };
    replayJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description When the same caller sends it again with the same body, the response is the job that was made before, and no second one is made. With another body the request is refused. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description `wait=N`, as `wait=10`, holds the response until the job has ended, at most N seconds and never more than 120 (RFC 7240). It is 200 with the result or the error where the job ends in time, else 202 as usual. */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The deadline of the job, counted from its submit: `500ms`, `90s`, `5m`, `2h` or `1d`, at most `30d`; a number alone is seconds. A job that has not ended by then fails. Without it the configured deadline (a day) holds. */
                "Cancel-After"?: components["parameters"]["Cancel-After"];
                /** @description The priority of the job among those of the same caller. Without it the body's `service_tier` decides, and without that it is `normal`. */
                "x-asyncgate-priority"?: components["parameters"]["x-asyncgate-priority"];
                /** @description What happens when the response to a call is lost, by a timeout, a broken connection or a stop of the gateway: `retry` repeats the call as any other failure is retried; `fail` ends the job, so that nothing is billed twice. Without it the call is repeated once for `speech`, `transcription`, `image_generation`, `image_edit`, `image_variation`, `ocr`, and as by `retry` for all others. */
                "x-asyncgate-on-interrupt"?: components["parameters"]["x-asyncgate-on-interrupt"];
                /** @description How long the job is kept after its end, in whole seconds. Anything but a positive number means the configured default (3600; 30 days for a response at `/v1/responses` that is to be stored); a value above the configured maximum (30 days) means the maximum. */
                "x-bf-async-job-result-ttl"?: components["parameters"]["x-bf-async-job-result-ttl"];
                /** @description The name of the webhook endpoint that is told of the job's end: the caller's own, or else the operator's. One that is unknown or disabled is refused; one that has not subscribed to the event of the end gets nothing. */
                "x-bf-async-webhook"?: components["parameters"]["x-bf-async-webhook"];
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "model": "mock/echo"
                 *     }
                 */
                "application/json": components["schemas"]["Replay"];
            };
        };
        responses: {
            /** @description With `Prefer: wait`: the job has ended. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The job has not ended: ask again. */
            202: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "openai-poll-after-ms": components["headers"]["openai-poll-after-ms"];
                    "x-request-id": components["headers"]["x-request-id"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "request_id": "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
                     *       "status": "pending",
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "origin_id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayedJob"];
                };
            };
            400: components["responses"]["replay400"];
            401: components["responses"]["replay401"];
            402: components["responses"]["replay402"];
            403: components["responses"]["replay403"];
            404: components["responses"]["replay404"];
            413: components["responses"]["replay413"];
            415: components["responses"]["replay415"];
            422: components["responses"]["replay422"];
            429: components["responses"]["replay429"];
            500: components["responses"]["replay500"];
            503: components["responses"]["replay503"];
            507: components["responses"]["replay507"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` that a submit answered: submit a job first, and copy it from there. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job: `failed` with the code `job_cancelled`, or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Server-Timing": components["headers"]["Server-Timing"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            403: components["responses"]["changeAny403"];
            404: components["responses"]["changeAny404"];
            500: components["responses"]["changeAny500"];
            503: components["responses"]["changeAny503"];
            507: components["responses"]["changeAny507"];
        };
    };
    listBulkOperations: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last 100 since the start of the gateway. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *           "object": "bulk_operation",
                     *           "action": "cancel",
                     *           "filter": {
                     *             "provider": "mock",
                     *             "status": "pending"
                     *           },
                     *           "created_before": "2026-01-01T12:00:00.000Z",
                     *           "status": "running",
                     *           "total": 10000,
                     *           "done": 4500,
                     *           "skipped": 12,
                     *           "failed": 0,
                     *           "error": null,
                     *           "created_at": "2026-01-01T12:00:00.000Z",
                     *           "ended_at": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BulkList"];
                };
            };
            400: components["responses"]["listBulk400"];
            401: components["responses"]["listBulk401"];
            403: components["responses"]["listBulk403"];
            500: components["responses"]["listBulk500"];
        };
    };
    startBulkOperation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "cancel",
                 *       "filter": {
                 *         "provider": "mock",
                 *         "status": "pending"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["BulkRequest"];
            };
        };
        responses: {
            /** @description With `count_only`: how many jobs match. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "bulk_count",
                     *       "action": "cancel",
                     *       "filter": {
                     *         "provider": "mock",
                     *         "status": "pending"
                     *       },
                     *       "count": 10000,
                     *       "cost_usd": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkCount"];
                };
            };
            /** @description The operation has begun. */
            202: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "object": "bulk_operation",
                     *       "action": "cancel",
                     *       "filter": {
                     *         "provider": "mock",
                     *         "status": "pending"
                     *       },
                     *       "created_before": "2026-01-01T12:00:00.000Z",
                     *       "status": "running",
                     *       "total": 10000,
                     *       "done": 4500,
                     *       "skipped": 12,
                     *       "failed": 0,
                     *       "error": null,
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "ended_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkOperation"];
                };
            };
            400: components["responses"]["startBulk400"];
            401: components["responses"]["startBulk401"];
            403: components["responses"]["startBulk403"];
            413: components["responses"]["startBulk413"];
            415: components["responses"]["startBulk415"];
            429: components["responses"]["startBulk429"];
            500: components["responses"]["startBulk500"];
            503: components["responses"]["startBulk503"];
            507: components["responses"]["startBulk507"];
        };
    };
    showBulkOperation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of the operation. */
                bulk_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far it has come. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "object": "bulk_operation",
                     *       "action": "cancel",
                     *       "filter": {
                     *         "provider": "mock",
                     *         "status": "pending"
                     *       },
                     *       "created_before": "2026-01-01T12:00:00.000Z",
                     *       "status": "running",
                     *       "total": 10000,
                     *       "done": 4500,
                     *       "skipped": 12,
                     *       "failed": 0,
                     *       "error": null,
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "ended_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkOperation"];
                };
            };
            400: components["responses"]["showBulk400"];
            401: components["responses"]["showBulk401"];
            403: components["responses"]["showBulk403"];
            404: components["responses"]["showBulk404"];
            500: components["responses"]["showBulk500"];
        };
    };
    abortBulkOperation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of the operation. */
                bulk_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The operation, with what it has done. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
                     *       "object": "bulk_operation",
                     *       "action": "cancel",
                     *       "filter": {
                     *         "provider": "mock",
                     *         "status": "pending"
                     *       },
                     *       "created_before": "2026-01-01T12:00:00.000Z",
                     *       "status": "running",
                     *       "total": 10000,
                     *       "done": 4500,
                     *       "skipped": 12,
                     *       "failed": 0,
                     *       "error": null,
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "ended_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkOperation"];
                };
            };
            400: components["responses"]["showBulk400"];
            401: components["responses"]["showBulk401"];
            403: components["responses"]["showBulk403"];
            404: components["responses"]["showBulk404"];
            500: components["responses"]["showBulk500"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kind": "sole_user",
                     *       "virtual_key": null,
                     *       "may": {
                     *         "list": true,
                     *         "operate": true,
                     *         "manage_keys": false
                     *       },
                     *       "ui": {
                     *         "bodies": true
                     *       },
                     *       "version": "0.1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["me400"];
            401: components["responses"]["me401"];
            403: components["responses"]["me403"];
            500: components["responses"]["me500"];
        };
    };
    stats: {
        parameters: {
            query?: {
                /** @description `10m` in steps of a second, or `24h` in steps of a minute; `10m` without it. */
                window?: "10m" | "24h";
                /** @description Only steps that began then or later: the `at` of the last one that is known already. */
                since?: string;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "stats",
                     *       "now": "2026-01-01T12:00:02.345Z",
                     *       "window": "10m",
                     *       "step_seconds": 1,
                     *       "points": [
                     *         {
                     *           "at": "2026-01-01T12:00:01.000Z",
                     *           "accepted": 12,
                     *           "succeeded": 10,
                     *           "failed": 1,
                     *           "cancelled": 0,
                     *           "wait_p50_ms": 1,
                     *           "wait_p95_ms": 44,
                     *           "run_p50_ms": 736,
                     *           "run_p95_ms": 1856
                     *         }
                     *       ],
                     *       "current": {
                     *         "queued": 3,
                     *         "running": 2,
                     *         "waiting": 0,
                     *         "oldest_queued_at": "2026-01-01T11:59:58.000Z"
                     *       },
                     *       "health": {
                     *         "status": "ok",
                     *         "store": {
                     *           "writable": true,
                     *           "reason": null,
                     *           "database_bytes": 4194304,
                     *           "wal_bytes": 1048576,
                     *           "disk_free_bytes": 21474836480
                     *         },
                     *         "engine": {
                     *           "silent_ms": 12
                     *         },
                     *         "threads": {
                     *           "alive": 4,
                     *           "died": 0,
                     *           "replaced": 0
                     *         },
                     *         "reaper": {
                     *           "last_run_at": "2026-01-01T12:00:02.000Z",
                     *           "pruned": 7
                     *         },
                     *         "gateways": null,
                     *         "standbys": null,
                     *         "version": "0.1.0",
                     *         "uptime_s": 3600,
                     *         "rss_bytes": 67108864
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Stats"];
                };
            };
            400: components["responses"]["stats400"];
            401: components["responses"]["stats401"];
            403: components["responses"]["stats403"];
            500: components["responses"]["stats500"];
        };
    };
    queues: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The queues as they are at this moment. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "provider": "my-server",
                     *           "model": "my-model",
                     *           "priority": "normal",
                     *           "owner": {
                     *             "kind": "virtual_key",
                     *             "id": "vk-team-a",
                     *             "name": "team-a"
                     *           },
                     *           "depth": 1204,
                     *           "oldest_at": "2026-01-01T11:58:31.102Z",
                     *           "next_at": "2026-01-01T12:03:20.000Z",
                     *           "in_flight": 0,
                     *           "place": "waiting",
                     *           "waits_for": [
                     *             {
                     *               "kind": "quota",
                     *               "reason": "my-server answered 429 for my-model with key main: it reported a limit of 500 calls in 60 s; closed until 12:03:20 UTC, then 1 call each 0.2 s",
                     *               "key_name": "main",
                     *               "until": "2026-01-01T12:03:20.000Z",
                     *               "room": 0,
                     *               "limit": 500,
                     *               "in_flight": 0
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "quotas": [
                     *         {
                     *           "provider": "my-server",
                     *           "key_name": "main",
                     *           "model": "my-model",
                     *           "closed_until": "2026-01-01T12:03:20.000Z",
                     *           "in_flight": 0,
                     *           "strikes": 1,
                     *           "limit": 500,
                     *           "window_ms": 60000,
                     *           "spacing_ms": 121,
                     *           "avoided_until": null
                     *         }
                     *       ],
                     *       "slots": {
                     *         "in_flight": 7,
                     *         "limit": null
                     *       },
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["Queues"];
                };
            };
            400: components["responses"]["queues400"];
            401: components["responses"]["queues401"];
            403: components["responses"]["queues403"];
            500: components["responses"]["queues500"];
            503: components["responses"]["queues503"];
        };
    };
    followJobs: {
        parameters: {
            query?: {
                /** @description Only jobs of this status. */
                status?: components["parameters"]["status"];
                /** @description Only jobs in this state. */
                state?: components["parameters"]["state"];
                /** @description Only jobs of this request type. */
                type?: components["parameters"]["type"];
                /** @description Only jobs of this provider. */
                provider?: components["parameters"]["provider"];
                /** @description Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too. */
                model?: components["parameters"]["model"];
                /** @description Only jobs of the virtual key with this id. For the admin alone. */
                owner?: components["parameters"]["owner"];
                /** @description Only jobs with this code in their error: one of this gateway, or the provider's own. */
                error_code?: components["parameters"]["error_code"];
                /** @description Only jobs whose last attempt used the provider key of this name. */
                key?: components["parameters"]["key"];
                /** @description Only jobs of this priority. */
                priority?: components["parameters"]["priority"];
                /** @description Only jobs that have cost at least so many US dollars. */
                min_cost?: components["parameters"]["min_cost"];
                /** @description Only jobs that repeat the request of this one. */
                origin?: components["parameters"]["origin"];
                /** @description Only jobs of the batch with this `id`. */
                batch?: components["parameters"]["batch"];
                /** @description Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address. */
                idempotency_key?: components["parameters"]["idempotency_key"];
                /** @description Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider. */
                search?: components["parameters"]["search"];
                /** @description Only jobs accepted then or later. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_after?: components["parameters"]["created_after"];
                /** @description Only jobs accepted earlier. A time, as 2026-01-31T12:00:00Z or as seconds since 1970. */
                created_before?: components["parameters"]["created_before"];
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: change
                     *     data: {"counts":{"queued":3,"running":2,"waiting":0},"changed":[{"id":"019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18","state":"running","is_new":true}],"revision":"5f0c2ab19e77d346"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["events400"];
            401: components["responses"]["events401"];
            403: components["responses"]["events403"];
            500: components["responses"]["events500"];
        };
    };
    usage: {
        parameters: {
            query?: {
                /** @description The first day, as 2026-01-31; 29 days before the last without it. */
                from?: components["parameters"]["from"];
                /** @description The last day; today without it. */
                to?: components["parameters"]["to"];
                /** @description What is told apart: a list, with commas, of `day`, `provider`, `model`, `type`, `owner` and `key`; `day` without it, and empty for one sum. */
                by?: components["parameters"]["by"];
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sums, the newest day first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "day": "2026-01-01",
                     *           "model": "my-model",
                     *           "calls": 120,
                     *           "input_tokens": 48000,
                     *           "output_tokens": 9600,
                     *           "total_tokens": 57600,
                     *           "cost_usd": 0.42,
                     *           "calls_without_cost": 2
                     *         }
                     *       ],
                     *       "budgets": [
                     *         {
                     *           "virtual_key": {
                     *             "id": "vk-7f3a",
                     *             "name": "team-a"
                     *           },
                     *           "period": "month",
                     *           "tokens": null,
                     *           "cost_usd": {
                     *             "limit": 50,
                     *             "used": 0.42,
                     *             "resets_at": "2026-02-01T00:00:00.000Z"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["UsageReport"];
                };
            };
            400: components["responses"]["usage400"];
            401: components["responses"]["usage401"];
            403: components["responses"]["usage403"];
            500: components["responses"]["usage500"];
            503: components["responses"]["usage503"];
        };
    };
    listProviders: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The providers. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "name": "my-server",
                     *           "base_url": "https://models.example.com",
                     *           "kind": "custom",
                     *           "access": "config.json",
                     *           "request_types": [
                     *             "chat_completion",
                     *             "responses"
                     *           ],
                     *           "concurrency": {
                     *             "limit": 100,
                     *             "in_flight": 2
                     *           },
                     *           "keys": [
                     *             {
                     *               "name": "main",
                     *               "weight": 1,
                     *               "models": [
                     *                 "*"
                     *               ],
                     *               "source": "config.json",
                     *               "concurrency": {
                     *                 "limit": null,
                     *                 "in_flight": 2
                     *               },
                     *               "closed_until": null,
                     *               "last_error": {
                     *                 "at": "2026-01-01T11:58:31.102Z",
                     *                 "status": 401,
                     *                 "reason": "the key was refused (invalid_api_key)"
                     *               },
                     *               "last_success_at": "2026-01-01T12:00:01.204Z"
                     *             }
                     *           ],
                     *           "last_error": {
                     *             "at": "2026-01-01T11:58:31.102Z",
                     *             "status": 401,
                     *             "reason": "the key was refused (invalid_api_key)"
                     *           },
                     *           "last_success_at": "2026-01-01T12:00:01.204Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ProviderList"];
                };
            };
            401: components["responses"]["providers401"];
            403: components["responses"]["providers403"];
            500: components["responses"]["providers500"];
        };
    };
    listVirtualKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "vk-5e0c7d2b6f18a41c",
                     *           "name": "team-a",
                     *           "is_active": true,
                     *           "expires_at": null,
                     *           "requests_per_minute": null,
                     *           "max_concurrent_jobs": 8,
                     *           "budgets": {
                     *             "month": {
                     *               "cost": 50
                     *             }
                     *           },
                     *           "provider_configs": null,
                     *           "created_at": "2026-01-01T12:00:00.000Z",
                     *           "source": "virtual-keys.json",
                     *           "is_read_only": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            401: components["responses"]["keys401"];
            403: components["responses"]["keys403"];
            500: components["responses"]["keys500"];
            503: components["responses"]["keys503"];
        };
    };
    makeVirtualKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "team-a",
                 *       "max_concurrent_jobs": 8
                 *     }
                 */
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description The key counts from now on. */
            201: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "vk-5e0c7d2b6f18a41c",
                     *       "name": "team-a",
                     *       "is_active": true,
                     *       "expires_at": null,
                     *       "requests_per_minute": null,
                     *       "max_concurrent_jobs": 8,
                     *       "budgets": {
                     *         "month": {
                     *           "cost": 50
                     *         }
                     *       },
                     *       "provider_configs": null,
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "source": "virtual-keys.json",
                     *       "is_read_only": false,
                     *       "value": "sk-bf-Xq2mT0s4bJb0C6m1rY8dZk3vWn5aLhPe"
                     *     }
                     */
                    "application/json": components["schemas"]["MadeKey"];
                };
            };
            400: components["responses"]["makeKey400"];
            401: components["responses"]["makeKey401"];
            403: components["responses"]["makeKey403"];
            413: components["responses"]["makeKey413"];
            415: components["responses"]["makeKey415"];
            500: components["responses"]["makeKey500"];
            503: components["responses"]["makeKey503"];
        };
    };
    viewVirtualKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a virtual key, as the list has it. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "vk-5e0c7d2b6f18a41c",
                     *       "name": "team-a",
                     *       "is_active": true,
                     *       "expires_at": null,
                     *       "requests_per_minute": null,
                     *       "max_concurrent_jobs": 8,
                     *       "budgets": {
                     *         "month": {
                     *           "cost": 50
                     *         }
                     *       },
                     *       "provider_configs": null,
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "source": "virtual-keys.json",
                     *       "is_read_only": false
                     *     }
                     */
                    "application/json": components["schemas"]["ManagedKey"];
                };
            };
            401: components["responses"]["key401"];
            403: components["responses"]["key403"];
            404: components["responses"]["key404"];
            500: components["responses"]["key500"];
            503: components["responses"]["key503"];
        };
    };
    changeVirtualKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a virtual key, as the list has it. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "max_concurrent_jobs": 4
                 *     }
                 */
                "application/json": components["schemas"]["KeyChange"];
            };
        };
        responses: {
            /** @description The key as it is from now on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "vk-5e0c7d2b6f18a41c",
                     *       "name": "team-a",
                     *       "is_active": true,
                     *       "expires_at": null,
                     *       "requests_per_minute": null,
                     *       "max_concurrent_jobs": 8,
                     *       "budgets": {
                     *         "month": {
                     *           "cost": 50
                     *         }
                     *       },
                     *       "provider_configs": null,
                     *       "created_at": "2026-01-01T12:00:00.000Z",
                     *       "source": "virtual-keys.json",
                     *       "is_read_only": false
                     *     }
                     */
                    "application/json": components["schemas"]["ManagedKey"];
                };
            };
            400: components["responses"]["changeKey400"];
            401: components["responses"]["changeKey401"];
            403: components["responses"]["changeKey403"];
            404: components["responses"]["changeKey404"];
            413: components["responses"]["changeKey413"];
            415: components["responses"]["changeKey415"];
            500: components["responses"]["changeKey500"];
            503: components["responses"]["changeKey503"];
        };
    };
    revokeVirtualKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` of a virtual key, as the list has it. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["revokeKey400"];
            401: components["responses"]["revokeKey401"];
            403: components["responses"]["revokeKey403"];
            404: components["responses"]["revokeKey404"];
            500: components["responses"]["revokeKey500"];
            503: components["responses"]["revokeKey503"];
        };
    };
    listFiles: {
        parameters: {
            query?: {
                /** @description Only those of this purpose. */
                purpose?: "assistants" | "batch" | "fine-tune" | "vision" | "user_data" | "evals" | "batch_output";
                /** @description By creation. */
                order?: "asc" | "desc";
                /** @description The `id` of the last of the page before. */
                after?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The files, the newest first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *           "object": "file",
                     *           "bytes": 171,
                     *           "created_at": 1796169600,
                     *           "expires_at": 1798761600,
                     *           "filename": "requests.jsonl",
                     *           "purpose": "batch",
                     *           "status": "processed"
                     *         }
                     *       ],
                     *       "first_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "last_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["FileList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    uploadFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "file": "(the bytes of the file)",
                 *       "purpose": "batch",
                 *       "expires_after[anchor]": "created_at",
                 *       "expires_after[seconds]": 2592000
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FileUpload"];
            };
        };
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "file",
                     *       "bytes": 171,
                     *       "created_at": 1796169600,
                     *       "expires_at": 1798761600,
                     *       "filename": "requests.jsonl",
                     *       "purpose": "batch",
                     *       "status": "processed"
                     *     }
                     */
                    "application/json": components["schemas"]["File"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    viewFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a file. */
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "file",
                     *       "bytes": 171,
                     *       "created_at": 1796169600,
                     *       "expires_at": 1798761600,
                     *       "filename": "requests.jsonl",
                     *       "purpose": "batch",
                     *       "status": "processed"
                     *     }
                     */
                    "application/json": components["schemas"]["File"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    deleteFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a file. */
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "file",
                     *       "deleted": true
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedFile"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    downloadFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a file. */
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes as they were uploaded, or as a batch has written them. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listBatches: {
        parameters: {
            query?: {
                /** @description The `id` of the last of the page before. */
                after?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batches, the newest first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *           "object": "batch",
                     *           "endpoint": "/v1/chat/completions",
                     *           "model": null,
                     *           "errors": null,
                     *           "input_file_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *           "completion_window": "24h",
                     *           "status": "completed",
                     *           "output_file_id": "file-019b2c1a80017d609e582f60f5d7c1ac",
                     *           "error_file_id": null,
                     *           "created_at": 1796169600,
                     *           "in_progress_at": 1796169600,
                     *           "expires_at": 1796256000,
                     *           "finalizing_at": 1796169601,
                     *           "completed_at": 1796169601,
                     *           "failed_at": null,
                     *           "expired_at": null,
                     *           "cancelling_at": null,
                     *           "cancelled_at": null,
                     *           "request_counts": {
                     *             "total": 1,
                     *             "completed": 1,
                     *             "failed": 0
                     *           },
                     *           "usage": {
                     *             "input_tokens": 9,
                     *             "input_tokens_details": {
                     *               "cached_tokens": 0
                     *             },
                     *             "output_tokens": 12,
                     *             "output_tokens_details": {
                     *               "reasoning_tokens": 0
                     *             },
                     *             "total_tokens": 21
                     *           },
                     *           "metadata": null,
                     *           "cost_usd": 0.0003,
                     *           "calls_without_cost": 0
                     *         }
                     *       ],
                     *       "first_id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *       "last_id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["BatchList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    createBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "input_file_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                 *       "endpoint": "/v1/chat/completions",
                 *       "completion_window": "24h"
                 *     }
                 */
                "application/json": components["schemas"]["BatchRequest"];
            };
        };
        responses: {
            /** @description The batch, on the disk. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *       "object": "batch",
                     *       "endpoint": "/v1/chat/completions",
                     *       "model": null,
                     *       "errors": null,
                     *       "input_file_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "completion_window": "24h",
                     *       "status": "completed",
                     *       "output_file_id": "file-019b2c1a80017d609e582f60f5d7c1ac",
                     *       "error_file_id": null,
                     *       "created_at": 1796169600,
                     *       "in_progress_at": 1796169600,
                     *       "expires_at": 1796256000,
                     *       "finalizing_at": 1796169601,
                     *       "completed_at": 1796169601,
                     *       "failed_at": null,
                     *       "expired_at": null,
                     *       "cancelling_at": null,
                     *       "cancelled_at": null,
                     *       "request_counts": {
                     *         "total": 1,
                     *         "completed": 1,
                     *         "failed": 0
                     *       },
                     *       "usage": {
                     *         "input_tokens": 9,
                     *         "input_tokens_details": {
                     *           "cached_tokens": 0
                     *         },
                     *         "output_tokens": 12,
                     *         "output_tokens_details": {
                     *           "reasoning_tokens": 0
                     *         },
                     *         "total_tokens": 21
                     *       },
                     *       "metadata": null,
                     *       "cost_usd": 0.0003,
                     *       "calls_without_cost": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    viewBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *       "object": "batch",
                     *       "endpoint": "/v1/chat/completions",
                     *       "model": null,
                     *       "errors": null,
                     *       "input_file_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "completion_window": "24h",
                     *       "status": "completed",
                     *       "output_file_id": "file-019b2c1a80017d609e582f60f5d7c1ac",
                     *       "error_file_id": null,
                     *       "created_at": 1796169600,
                     *       "in_progress_at": 1796169600,
                     *       "expires_at": 1796256000,
                     *       "finalizing_at": 1796169601,
                     *       "completed_at": 1796169601,
                     *       "failed_at": null,
                     *       "expired_at": null,
                     *       "cancelling_at": null,
                     *       "cancelled_at": null,
                     *       "request_counts": {
                     *         "total": 1,
                     *         "completed": 1,
                     *         "failed": 0
                     *       },
                     *       "usage": {
                     *         "input_tokens": 9,
                     *         "input_tokens_details": {
                     *           "cached_tokens": 0
                     *         },
                     *         "output_tokens": 12,
                     *         "output_tokens_details": {
                     *           "reasoning_tokens": 0
                     *         },
                     *         "total_tokens": 21
                     *       },
                     *       "metadata": null,
                     *       "cost_usd": 0.0003,
                     *       "calls_without_cost": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    viewBatchResults: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The results. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *       "results": [
                     *         {
                     *           "id": "batch_req_019b2c1a7c407d609e582f60f5d7c1ad",
                     *           "custom_id": "one",
                     *           "response": {
                     *             "status_code": 200,
                     *             "request_id": "019b2c1a-7c40-7d60-9e58-2f60f5d7c1ae",
                     *             "body": {}
                     *           },
                     *           "error": null
                     *         }
                     *       ],
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    cancelBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch, `cancelling` or `cancelled`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
                     *       "object": "batch",
                     *       "endpoint": "/v1/chat/completions",
                     *       "model": null,
                     *       "errors": null,
                     *       "input_file_id": "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "completion_window": "24h",
                     *       "status": "completed",
                     *       "output_file_id": "file-019b2c1a80017d609e582f60f5d7c1ac",
                     *       "error_file_id": null,
                     *       "created_at": 1796169600,
                     *       "in_progress_at": 1796169600,
                     *       "expires_at": 1796256000,
                     *       "finalizing_at": 1796169601,
                     *       "completed_at": 1796169601,
                     *       "failed_at": null,
                     *       "expired_at": null,
                     *       "cancelling_at": null,
                     *       "cancelled_at": null,
                     *       "request_counts": {
                     *         "total": 1,
                     *         "completed": 1,
                     *         "failed": 0
                     *       },
                     *       "usage": {
                     *         "input_tokens": 9,
                     *         "input_tokens_details": {
                     *           "cached_tokens": 0
                     *         },
                     *         "output_tokens": 12,
                     *         "output_tokens_details": {
                     *           "reasoning_tokens": 0
                     *         },
                     *         "total_tokens": 21
                     *       },
                     *       "metadata": null,
                     *       "cost_usd": 0.0003,
                     *       "calls_without_cost": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    retrieveResponse: {
        parameters: {
            query?: {
                /** @description Whether its events are sent. */
                stream?: "true" | "false";
                /** @description The `sequence_number` of the last event that the reader has; only for a stream. */
                starting_after?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a response: `resp_` and the id of its job without hyphens. */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The response, or its events. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "resp_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "response",
                     *       "created_at": 1796169600,
                     *       "status": "completed",
                     *       "background": true,
                     *       "error": null,
                     *       "incomplete_details": null,
                     *       "model": "echo",
                     *       "output": [
                     *         {
                     *           "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *           "type": "message",
                     *           "status": "completed",
                     *           "role": "assistant",
                     *           "content": [
                     *             {
                     *               "type": "output_text",
                     *               "text": "Hello",
                     *               "annotations": []
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "previous_response_id": null,
                     *       "usage": {
                     *         "input_tokens": 1,
                     *         "output_tokens": 1,
                     *         "total_tokens": 2
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BackgroundResponse"];
                    "text/event-stream": string;
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    deleteResponse: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a response: `resp_` and the id of its job without hyphens. */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "resp_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "response",
                     *       "deleted": true
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedResponse"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listInputItems: {
        parameters: {
            query?: {
                /** @description The newest first, where it is not given. */
                order?: "asc" | "desc";
                /** @description The `id` of the last item of the page before. */
                after?: string;
                /** @description How many at most; 20 where it is not given. */
                limit?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a response: `resp_` and the id of its job without hyphens. */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The items. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *           "type": "message",
                     *           "status": "completed",
                     *           "role": "user",
                     *           "content": [
                     *             {
                     *               "type": "input_text",
                     *               "text": "Hello"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "first_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "last_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["InputItemList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    cancelResponse: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a response: `resp_` and the id of its job without hyphens. */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The response, `cancelled` or as it had ended before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "resp_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "response",
                     *       "created_at": 1796169600,
                     *       "status": "cancelled",
                     *       "background": true,
                     *       "error": null,
                     *       "incomplete_details": null,
                     *       "model": "echo",
                     *       "output": [],
                     *       "previous_response_id": null,
                     *       "usage": null
                     *     }
                     */
                    "application/json": components["schemas"]["BackgroundResponse"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    createConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "items": [
                 *         {
                 *           "role": "user",
                 *           "content": "Hello"
                 *         }
                 *       ],
                 *       "metadata": {
                 *         "topic": "demo"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ConversationRequest"];
            };
        };
        responses: {
            /** @description The conversation, on the disk. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "conv_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "conversation",
                     *       "created_at": 1796169600,
                     *       "metadata": {
                     *         "topic": "demo"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    deleteConversations: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are deleted. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "deleted": 3
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedConversations"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    viewConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "conv_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "conversation",
                     *       "created_at": 1796169600,
                     *       "metadata": {
                     *         "topic": "demo"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    changeConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "metadata": {
                 *         "topic": "demo"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ConversationChange"];
            };
        };
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "conv_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "conversation",
                     *       "created_at": 1796169600,
                     *       "metadata": {
                     *         "topic": "demo"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    deleteConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "conv_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "conversation.deleted",
                     *       "deleted": true
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedConversation"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listConversationItems: {
        parameters: {
            query?: {
                /** @description The newest first, where it is not given. */
                order?: "asc" | "desc";
                /** @description The `id` of the last item of the page before. */
                after?: string;
                /** @description How many at most; 20 where it is not given. */
                limit?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The items. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *           "type": "message",
                     *           "role": "user",
                     *           "status": "completed",
                     *           "content": [
                     *             {
                     *               "type": "input_text",
                     *               "text": "Hello"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "first_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "last_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["ConversationItemList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    addConversationItems: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "items": [
                 *         {
                 *           "role": "user",
                 *           "content": "Hello"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewConversationItems"];
            };
        };
        responses: {
            /** @description What was added. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *           "type": "message",
                     *           "role": "user",
                     *           "status": "completed",
                     *           "content": [
                     *             {
                     *               "type": "input_text",
                     *               "text": "Hello"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "first_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "last_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["ConversationItemList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    viewConversationItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
                /** @description The `id` of an item of it. */
                item_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
                     *       "type": "message",
                     *       "role": "user",
                     *       "status": "completed",
                     *       "content": [
                     *         {
                     *           "type": "input_text",
                     *           "text": "Hello"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ConversationItem"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    deleteConversationItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a conversation. */
                conversation_id: string;
                /** @description The `id` of an item of it. */
                item_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation without it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "conv_019b2c1a7c3e7d609e582f60f5d7c1aa",
                     *       "object": "conversation",
                     *       "created_at": 1796169600,
                     *       "metadata": {
                     *         "topic": "demo"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Part of a name or an address, in any case. */
                search?: string;
                /** @description Events with commas between them: endpoints that get any of them. */
                event?: string;
                /** @description Only those that are disabled, or only those that are not. */
                disabled?: boolean;
                /** @description How many at most. */
                limit?: number;
                /** @description How many are left out before. */
                offset?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoints, the oldest first, without their secrets. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoints": [
                     *         {
                     *           "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *           "name": "order-events",
                     *           "url": "https://example.com/webhook",
                     *           "events": [
                     *             "async_job.completed",
                     *             "async_job.failed"
                     *           ],
                     *           "form": "bifrost",
                     *           "all_jobs": false,
                     *           "include_response": false,
                     *           "allow_private_network": false,
                     *           "disabled": false,
                     *           "max_retries": 4,
                     *           "retry_backoff_initial_seconds": 30,
                     *           "retry_backoff_max_seconds": 1800,
                     *           "attempt_timeout_seconds": 10,
                     *           "max_response_payload_kbs": 256,
                     *           "max_concurrent_deliveries": 10,
                     *           "schedule": "exponential",
                     *           "headers": {
                     *             "authorization": {
                     *               "value": "<REDACTED>",
                     *               "type": "plain_text"
                     *             }
                     *           },
                     *           "disabled_reason": null,
                     *           "disabled_at": null,
                     *           "consecutive_failures": 0,
                     *           "failing_since": null,
                     *           "last_success_at": "2026-12-01T12:00:00.000Z",
                     *           "last_failure_at": null,
                     *           "pending_deliveries": 0,
                     *           "secret_hint": "whsec_…KYo=",
                     *           "previous_secret_until": null,
                     *           "owner": null,
                     *           "source": "api",
                     *           "is_read_only": false,
                     *           "created_at": "2026-11-01T12:00:00.000Z",
                     *           "updated_at": "2026-11-01T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "count": 1,
                     *       "total_count": 1,
                     *       "limit": 1000,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    makeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "order-events",
                 *       "url": "https://example.com/webhook",
                 *       "events": [
                 *         "async_job.completed",
                 *         "async_job.failed"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WebhookRequest"];
            };
        };
        responses: {
            /** @description It is told of ends from now on. */
            201: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint": {
                     *         "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *         "name": "order-events",
                     *         "url": "https://example.com/webhook",
                     *         "events": [
                     *           "async_job.completed",
                     *           "async_job.failed"
                     *         ],
                     *         "form": "bifrost",
                     *         "all_jobs": false,
                     *         "include_response": false,
                     *         "allow_private_network": false,
                     *         "disabled": false,
                     *         "max_retries": 4,
                     *         "retry_backoff_initial_seconds": 30,
                     *         "retry_backoff_max_seconds": 1800,
                     *         "attempt_timeout_seconds": 10,
                     *         "max_response_payload_kbs": 256,
                     *         "max_concurrent_deliveries": 10,
                     *         "schedule": "exponential",
                     *         "headers": {
                     *           "authorization": {
                     *             "value": "<REDACTED>",
                     *             "type": "plain_text"
                     *           }
                     *         },
                     *         "disabled_reason": null,
                     *         "disabled_at": null,
                     *         "consecutive_failures": 0,
                     *         "failing_since": null,
                     *         "last_success_at": "2026-12-01T12:00:00.000Z",
                     *         "last_failure_at": null,
                     *         "pending_deliveries": 0,
                     *         "secret_hint": "whsec_…KYo=",
                     *         "previous_secret_until": null,
                     *         "owner": null,
                     *         "source": "api",
                     *         "is_read_only": false,
                     *         "created_at": "2026-11-01T12:00:00.000Z",
                     *         "updated_at": "2026-11-01T12:00:00.000Z"
                     *       },
                     *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    searchWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description The `id`s of endpoints, with commas between them. */
                endpoint_ids?: string;
                /** @description Events, with commas between them. */
                events?: string;
                /** @description delivered, retryable_failure, permanent_failure, exhausted, with commas between them. */
                outcomes?: string;
                /** @description 2xx, 3xx, 4xx, 5xx or none, with commas between them. */
                status_class?: string;
                /** @description The id of the request that made the job, or that of a batch. */
                request_id?: string;
                /** @description The id of the job. A batch is found by its id as `request_id`. */
                job_id?: string;
                /** @description A `webhook_id`. */
                delivery_id?: string;
                /** @description Tries from this time on. */
                start_time?: string;
                /** @description Tries until this time. */
                end_time?: string;
                /** @description Tries of the last minutes, hours or days, as `24h`, in the place of both times. */
                period?: string;
                /** @description How many at most. */
                limit?: number;
                /** @description How many are left out before. */
                offset?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of deliveries, the newest first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deliveries": [
                     *         {
                     *           "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3-1",
                     *           "webhook_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3",
                     *           "endpoint_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *           "async_job_id": "019b2c1a-7c3e-7d60-9e58-2f60f5d7c1aa",
                     *           "request_id": "req_1",
                     *           "event": "async_job.completed",
                     *           "attempt_no": 1,
                     *           "outcome": "delivered",
                     *           "status_code": 204,
                     *           "duration_ms": 31,
                     *           "created_at": "2026-12-01T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "groups": [
                     *         {
                     *           "webhook_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3",
                     *           "endpoint_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *           "async_job_id": "019b2c1a-7c3e-7d60-9e58-2f60f5d7c1aa",
                     *           "request_id": "req_1",
                     *           "endpoint_name": "order-events",
                     *           "request_type": "chat_completion",
                     *           "event": "async_job.completed",
                     *           "state": "delivered",
                     *           "attempts": 1,
                     *           "next_attempt_at": null,
                     *           "created_at": "2026-12-01T12:00:00.000Z",
                     *           "ended_at": "2026-12-01T12:00:00.031Z"
                     *         }
                     *       ],
                     *       "pagination": {
                     *         "limit": 25,
                     *         "offset": 0,
                     *         "total_count": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookDeliveryList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    redeliverWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a try, or a `webhook_id`. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is due now, under the same `webhook-id`. */
            202: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "queued",
                     *       "webhook_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookRedelivery"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    viewWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "name": "order-events",
                     *       "url": "https://example.com/webhook",
                     *       "events": [
                     *         "async_job.completed",
                     *         "async_job.failed"
                     *       ],
                     *       "form": "bifrost",
                     *       "all_jobs": false,
                     *       "include_response": false,
                     *       "allow_private_network": false,
                     *       "disabled": false,
                     *       "max_retries": 4,
                     *       "retry_backoff_initial_seconds": 30,
                     *       "retry_backoff_max_seconds": 1800,
                     *       "attempt_timeout_seconds": 10,
                     *       "max_response_payload_kbs": 256,
                     *       "max_concurrent_deliveries": 10,
                     *       "schedule": "exponential",
                     *       "headers": {
                     *         "authorization": {
                     *           "value": "<REDACTED>",
                     *           "type": "plain_text"
                     *         }
                     *       },
                     *       "disabled_reason": null,
                     *       "disabled_at": null,
                     *       "consecutive_failures": 0,
                     *       "failing_since": null,
                     *       "last_success_at": "2026-12-01T12:00:00.000Z",
                     *       "last_failure_at": null,
                     *       "pending_deliveries": 0,
                     *       "secret_hint": "whsec_…KYo=",
                     *       "previous_secret_until": null,
                     *       "owner": null,
                     *       "source": "api",
                     *       "is_read_only": false,
                     *       "created_at": "2026-11-01T12:00:00.000Z",
                     *       "updated_at": "2026-11-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "order-events",
                 *       "url": "https://example.com/webhook",
                 *       "events": [
                 *         "async_job.completed",
                 *         "async_job.failed"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            /** @description The endpoint as it is from now on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "name": "order-events",
                     *       "url": "https://example.com/webhook",
                     *       "events": [
                     *         "async_job.completed",
                     *         "async_job.failed"
                     *       ],
                     *       "form": "bifrost",
                     *       "all_jobs": false,
                     *       "include_response": false,
                     *       "allow_private_network": false,
                     *       "disabled": false,
                     *       "max_retries": 4,
                     *       "retry_backoff_initial_seconds": 30,
                     *       "retry_backoff_max_seconds": 1800,
                     *       "attempt_timeout_seconds": 10,
                     *       "max_response_payload_kbs": 256,
                     *       "max_concurrent_deliveries": 10,
                     *       "schedule": "exponential",
                     *       "headers": {
                     *         "authorization": {
                     *           "value": "<REDACTED>",
                     *           "type": "plain_text"
                     *         }
                     *       },
                     *       "disabled_reason": null,
                     *       "disabled_at": null,
                     *       "consecutive_failures": 0,
                     *       "failing_since": null,
                     *       "last_success_at": "2026-12-01T12:00:00.000Z",
                     *       "last_failure_at": null,
                     *       "pending_deliveries": 0,
                     *       "secret_hint": "whsec_…KYo=",
                     *       "previous_secret_until": null,
                     *       "owner": null,
                     *       "source": "api",
                     *       "is_read_only": false,
                     *       "created_at": "2026-11-01T12:00:00.000Z",
                     *       "updated_at": "2026-11-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone, and its deliveries with it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "success"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookRemoval"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "keep_previous_hours": 24
                 *     }
                 */
                "application/json": components["schemas"]["WebhookRotation"];
            };
        };
        responses: {
            /** @description The new secret signs from now on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint": {
                     *         "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *         "name": "order-events",
                     *         "url": "https://example.com/webhook",
                     *         "events": [
                     *           "async_job.completed",
                     *           "async_job.failed"
                     *         ],
                     *         "form": "bifrost",
                     *         "all_jobs": false,
                     *         "include_response": false,
                     *         "allow_private_network": false,
                     *         "disabled": false,
                     *         "max_retries": 4,
                     *         "retry_backoff_initial_seconds": 30,
                     *         "retry_backoff_max_seconds": 1800,
                     *         "attempt_timeout_seconds": 10,
                     *         "max_response_payload_kbs": 256,
                     *         "max_concurrent_deliveries": 10,
                     *         "schedule": "exponential",
                     *         "headers": {
                     *           "authorization": {
                     *             "value": "<REDACTED>",
                     *             "type": "plain_text"
                     *           }
                     *         },
                     *         "disabled_reason": null,
                     *         "disabled_at": null,
                     *         "consecutive_failures": 0,
                     *         "failing_since": null,
                     *         "last_success_at": "2026-12-01T12:00:00.000Z",
                     *         "last_failure_at": null,
                     *         "pending_deliveries": 0,
                     *         "secret_hint": "whsec_…KYo=",
                     *         "previous_secret_until": null,
                     *         "owner": null,
                     *         "source": "api",
                     *         "is_read_only": false,
                     *         "created_at": "2026-11-01T12:00:00.000Z",
                     *         "updated_at": "2026-11-01T12:00:00.000Z"
                     *       },
                     *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": "async_job.completed"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookTestRequest"];
            };
        };
        responses: {
            /** @description What came of it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "delivered": true,
                     *       "receiver_status_code": 204,
                     *       "webhook_id": "msg_test019b2c1a7c3e4d609e582f60f5d7c1aa_3",
                     *       "job_id": "test-019b2c1a-7c3e-4d60-9e58-2f60f5d7c1aa",
                     *       "duration_ms": 31
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookTest"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description Events, with commas between them. */
                events?: string;
                /** @description delivered, retryable_failure, permanent_failure, exhausted, with commas between them. */
                outcomes?: string;
                /** @description 2xx, 3xx, 4xx, 5xx or none, with commas between them. */
                status_class?: string;
                /** @description The id of the request that made the job, or that of a batch. */
                request_id?: string;
                /** @description The id of the job. A batch is found by its id as `request_id`. */
                job_id?: string;
                /** @description A `webhook_id`. */
                delivery_id?: string;
                /** @description Tries from this time on. */
                start_time?: string;
                /** @description Tries until this time. */
                end_time?: string;
                /** @description Tries of the last minutes, hours or days, as `24h`, in the place of both times. */
                period?: string;
                /** @description How many at most. */
                limit?: number;
                /** @description How many are left out before. */
                offset?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of deliveries, the newest first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deliveries": [
                     *         {
                     *           "id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3-1",
                     *           "webhook_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3",
                     *           "endpoint_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *           "async_job_id": "019b2c1a-7c3e-7d60-9e58-2f60f5d7c1aa",
                     *           "request_id": "req_1",
                     *           "event": "async_job.completed",
                     *           "attempt_no": 1,
                     *           "outcome": "delivered",
                     *           "status_code": 204,
                     *           "duration_ms": 31,
                     *           "created_at": "2026-12-01T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "groups": [
                     *         {
                     *           "webhook_id": "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3",
                     *           "endpoint_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *           "async_job_id": "019b2c1a-7c3e-7d60-9e58-2f60f5d7c1aa",
                     *           "request_id": "req_1",
                     *           "endpoint_name": "order-events",
                     *           "request_type": "chat_completion",
                     *           "event": "async_job.completed",
                     *           "state": "delivered",
                     *           "attempts": 1,
                     *           "next_attempt_at": null,
                     *           "created_at": "2026-12-01T12:00:00.000Z",
                     *           "ended_at": "2026-12-01T12:00:00.031Z"
                     *         }
                     *       ],
                     *       "pagination": {
                     *         "limit": 25,
                     *         "offset": 0,
                     *         "total_count": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookDeliveryList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWebhookEventTypes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events that happen here. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         "response.completed",
                     *         "response.failed",
                     *         "response.cancelled",
                     *         "response.incomplete",
                     *         "batch.completed",
                     *         "batch.failed",
                     *         "batch.expired",
                     *         "batch.cancelled"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEventTypes"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listWebhookEndpoints: {
        parameters: {
            query?: {
                /** @description The `id` of the last of the page before. */
                after?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoints, the newest first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *           "object": "webhook_endpoint",
                     *           "name": "my answers",
                     *           "url": "https://example.com/webhook",
                     *           "event_types": [
                     *             "response.completed",
                     *             "response.failed"
                     *           ],
                     *           "created_at": 1796169600,
                     *           "updated_at": 1796169600,
                     *           "signing_secret_hint": "whsec_…KYo="
                     *         }
                     *       ],
                     *       "first_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "last_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointList"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    createWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "my answers",
                 *       "url": "https://example.com/webhook",
                 *       "event_types": [
                 *         "response.completed",
                 *         "response.failed"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WebhookEndpointRequest"];
            };
        };
        responses: {
            /** @description It is told of ends from now on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "object": "webhook_endpoint",
                     *       "name": "my answers",
                     *       "url": "https://example.com/webhook",
                     *       "event_types": [
                     *         "response.completed",
                     *         "response.failed"
                     *       ],
                     *       "created_at": 1796169600,
                     *       "updated_at": 1796169600,
                     *       "signing_secret_hint": "whsec_…KYo=",
                     *       "signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointWithSecret"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    viewWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "object": "webhook_endpoint",
                     *       "name": "my answers",
                     *       "url": "https://example.com/webhook",
                     *       "event_types": [
                     *         "response.completed",
                     *         "response.failed"
                     *       ],
                     *       "created_at": 1796169600,
                     *       "updated_at": 1796169600,
                     *       "signing_secret_hint": "whsec_…KYo="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    updateWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "new name"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookEndpointChange"];
            };
        };
        responses: {
            /** @description The endpoint as it is from now on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "object": "webhook_endpoint",
                     *       "name": "my answers",
                     *       "url": "https://example.com/webhook",
                     *       "event_types": [
                     *         "response.completed",
                     *         "response.failed"
                     *       ],
                     *       "created_at": 1796169600,
                     *       "updated_at": 1796169600,
                     *       "signing_secret_hint": "whsec_…KYo="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    deleteWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone, and its deliveries with it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "object": "webhook_endpoint.deleted",
                     *       "deleted": true
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedWebhookEndpoint"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    rotateWebhookEndpointSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "keep_old_secret_active_for_24_hours": true
                 *     }
                 */
                "application/json": components["schemas"]["WebhookEndpointRotation"];
            };
        };
        responses: {
            /** @description The new secret signs from now on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "object": "webhook_endpoint",
                     *       "name": "my answers",
                     *       "url": "https://example.com/webhook",
                     *       "event_types": [
                     *         "response.completed",
                     *         "response.failed"
                     *       ],
                     *       "created_at": 1796169600,
                     *       "updated_at": 1796169600,
                     *       "signing_secret_hint": "whsec_…KYo=",
                     *       "signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointWithSecret"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    testWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description The `id` of a webhook endpoint. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "event_type": "response.completed"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookEndpointTestRequest"];
            };
        };
        responses: {
            /** @description The receiver took it. One that was not taken is refused with 400. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "webhook_endpoint.test",
                     *       "webhook_endpoint_id": "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c",
                     *       "event_type": "response.completed",
                     *       "status_code": 204,
                     *       "success": true
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointTest"];
                };
            };
            /** @description The request was refused, with an HTTP status 4XX. */
            "4XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
            /** @description The request was refused, with an HTTP status 5XX. */
            "5XX": {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallError"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: {
                /** @description Only models of this provider. The caller's own key for this provider counts then, too. */
                provider?: string;
            };
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "object": "list",
                     *       "data": [
                     *         {
                     *           "id": "my-server/my-model",
                     *           "object": "model",
                     *           "created": 1767268800,
                     *           "owned_by": "my-server",
                     *           "provider": "my-server",
                     *           "request_types": [
                     *             "text_completion",
                     *             "chat_completion",
                     *             "responses"
                     *           ],
                     *           "context_length": 131072,
                     *           "pricing": {
                     *             "input_per_million": 0.5,
                     *             "output_per_million": 1.5
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            400: components["responses"]["models400"];
            401: components["responses"]["models401"];
            403: components["responses"]["models403"];
            500: components["responses"]["models500"];
        };
    };
    retrieveModel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller's own id for the request. That of a submit is stored with the job, and every response carries it. */
                "x-request-id"?: components["parameters"]["x-request-id"];
            };
            path: {
                /** @description `provider/model`, with its slashes as they are or as `%2F`. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "my-server/my-model",
                     *       "object": "model",
                     *       "created": 1767268800,
                     *       "owned_by": "my-server",
                     *       "provider": "my-server",
                     *       "request_types": [
                     *         "text_completion",
                     *         "chat_completion",
                     *         "responses"
                     *       ],
                     *       "context_length": 131072,
                     *       "pricing": {
                     *         "input_per_million": 0.5,
                     *         "output_per_million": 1.5
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["model400"];
            401: components["responses"]["model401"];
            403: components["responses"]["model403"];
            404: components["responses"]["model404"];
            500: components["responses"]["model500"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Jobs can be stored and read. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            403: components["responses"]["health403"];
            500: components["responses"]["health500"];
            /** @description Jobs cannot be stored or read at the moment, or the gateway is shutting down. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "unavailable",
                     *       "reason": "the engine has not answered for 12 s"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics. While the engine waits for the disk only those that are known without it, and `asyncgate_engine_up` is 0. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example # HELP asyncgate_jobs Jobs that have not ended.
                     *     # TYPE asyncgate_jobs gauge
                     *     asyncgate_jobs{state="queued",provider="mock",type="chat_completion"} 3
                     */
                    "text/plain": string;
                };
            };
            401: components["responses"]["metrics401"];
            403: components["responses"]["metrics403"];
            500: components["responses"]["metrics500"];
        };
    };
}
