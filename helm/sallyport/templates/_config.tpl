{{/* What the manifests need to know of Sallyport's configuration, read from it so that nothing is said twice. */}}

{{/* The port at the end of a listen address. */}}
{{- define "sallyport.port" -}}
{{- regexFind "[0-9]+$" (toString .) }}
{{- end }}

{{- define "sallyport.scheme" -}}
{{- ternary "https" "http" (not (empty (dig "server" "tls" "" .Values.config))) }}
{{- end }}

{{- define "sallyport.publicHost" -}}
{{- (urlParse (dig "server" "publicUrl" "" .Values.config)).hostname }}
{{- end }}

{{- define "sallyport.storeType" -}}
{{- dig "session" "store" "type" "memory" .Values.config }}
{{- end }}

{{/* server.drain in whole seconds, rounded up. */}}
{{- define "sallyport.drainSeconds" -}}
{{- $drain := toString (dig "server" "drain" "30s" .Values.config) }}
{{- $number := regexFind "^[0-9]+" $drain | int64 }}
{{- $unit := regexFind "[a-z]+$" $drain }}
{{- if eq $unit "ms" }}{{ div (add $number 999) 1000 }}
{{- else }}{{ mul $number (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) $unit | default 1) }}
{{- end }}
{{- end }}
