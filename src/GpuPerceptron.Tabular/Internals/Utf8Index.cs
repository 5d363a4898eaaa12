using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Looks texts up by their UTF-8 bytes, so that no cell becomes a string.</summary>
internal sealed class Utf8Index
{
    private readonly Dictionary<byte[], int> _index = new(Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public Utf8Index() => _lookup = _index.GetAlternateLookup<ReadOnlySpan<byte>>();

    public void Add(string text, int value) => _index.Add(Encoding.UTF8.GetBytes(text), value);

    public bool TryGetValue(ReadOnlySpan<byte> text, out int value) => _lookup.TryGetValue(text, out value);

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
