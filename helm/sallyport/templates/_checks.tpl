{{/* What cannot work is refused here, with a sentence that says what to do. */}}

{{- define "sallyport.checks" -}}
{{- include "sallyport.checkGiven" . }}
{{- include "sallyport.checkListen" . }}
{{- include "sallyport.checkReplicas" . }}
{{- end }}

{{- define "sallyport.checkGiven" -}}
{{- if not .Values.image.repository }}
{{- fail "image.repository is empty: name the image that you built from the Dockerfile and pushed to your registry" }}
{{- end }}
{{- if not (dig "server" "publicUrl" "" .Values.config) }}
{{- fail "config.server.publicUrl is missing: give the address that people type, such as https://tools.example.com" }}
{{- end }}
{{- if not .Values.config.providers }}
{{- fail "config.providers is empty: name at least one identity provider" }}
{{- end }}
{{- if not .Values.config.routes }}
{{- fail "config.routes is empty: name at least one route" }}
{{- end }}
{{- end }}

{{- define "sallyport.checkListen" -}}
{{- $server := toString (dig "server" "listen" "" .Values.config) }}
{{- $admin := toString (dig "admin" "listen" "" .Values.config) }}
{{- if not (regexMatch "^[^/]*:[0-9]+$" $server) }}
{{- fail (printf "config.server.listen is %q: a Service needs a port to lead to, write 0.0.0.0:8080" $server) }}
{{- end }}
{{- if or (not (regexMatch "^[^/]*:[0-9]+$" $admin)) (regexMatch "^(127\\.|localhost:|\\[::1\\])" $admin) }}
{{- fail (printf "config.admin.listen is %q: the kubelet asks probes at the pod's address, write 0.0.0.0:9090" $admin) }}
{{- end }}
{{- $drain := toString (dig "server" "drain" "30s" .Values.config) }}
{{- if not (regexMatch "^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$" $drain) }}
{{- fail (printf "config.server.drain is %q: write a duration such as 30s, the pod's grace period follows from it" $drain) }}
{{- end }}
{{- end }}

{{- define "sallyport.checkReplicas" -}}
{{- if gt (int .Values.replicas) 1 }}
{{- if eq (include "sallyport.storeType" .) "memory" }}
{{- fail (printf "replicas is %d, but sessions are kept in memory, so each pod would know only the people who signed in through it: set config.session.store.type to redis or cookie and give config.session.secrets, or set replicas to 1" (int .Values.replicas)) }}
{{- end }}
{{- $assertion := dig "identity" "assertion" dict .Values.config }}
{{- if and (kindIs "map" $assertion) (not (get $assertion "keys")) }}
{{- fail (printf "replicas is %d, but config.identity.assertion has no keys, so each pod would sign with a key of its own that the others do not publish: give config.identity.assertion.keys, or set config.identity.assertion to false, or replicas to 1" (int .Values.replicas)) }}
{{- end }}
{{- end }}
{{- end }}
