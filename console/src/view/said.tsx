/** What a person, a platform or an agent said, or a name that one of them chose: text, in its own direction. */
export function Said({ children, className }: { readonly children: string; readonly className?: string }) {
  return (
    <bdi dir="auto" className={className}>
      {children}
    </bdi>
  );
}
